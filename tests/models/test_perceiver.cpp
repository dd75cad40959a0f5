#include <algorithm>

#include "models/perceiver.h"

#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

namespace {

// A model of f64 in which everything counts: several heads, shared and unshared parts, a norm and a head that is not 0.
PerceiverConfig small() {
  return {.input = {.grid = {3, 4}, .input_channels = 2, .bands = 2, .nyquist_frequency = 2},
          .latents = 3,
          .channels = 8,
          .cross_attends = 3,
          .blocks = 1,
          .cross_heads = 2,
          .heads = 4,
          .widening = 2,
          .tower_sharing = Sharing::after_first,
          .final_norm = true,
          .zero_head = false,
          .classes = 4};
}

Perceiver make(const PerceiverConfig& config, std::uint64_t seed = 1) {
  nn::Init init{.generator = Generator(seed), .dtype = DType::f64};
  const Perceiver model(config, init);
  randomize(model, seed);
  return model;
}

// The same as small(), for tokens that bring their position along.
PerceiverConfig with_own_positions(PerceiverConfig config) {
  config.input.own_axes = config.input.grid.rank();
  return config;
}

Tensor with_positions(const Tensor& input, const Shape& grid) {
  const Tensor positions = nn::grid_positions(grid, input.dtype());
  return concat({input, broadcast_to(positions, {input.size(0), positions.size(0), positions.size(1)})});
}

Tensor shuffled(Index n, std::uint64_t seed) {
  Generator generator(seed);
  const std::vector<Index> order = permutation(n, generator);
  return tensor(std::vector<double>(order.begin(), order.end()), DType::i64);
}

}  // namespace

TEST_CASE("which parts share weights is a choice") {
  PerceiverConfig config = small();
  const auto parts = [&](Sharing cross, Sharing towers) {
    config.cross_sharing = cross;
    config.tower_sharing = towers;
    const Perceiver model = make(config);
    return std::pair(model.cross.size(), model.towers.size());
  };
  CHECK(parts(Sharing::none, Sharing::none) == std::pair<std::size_t, std::size_t>(3, 3));
  CHECK(parts(Sharing::after_first, Sharing::all) == std::pair<std::size_t, std::size_t>(2, 1));
  CHECK(parts(Sharing::all, Sharing::after_first) == std::pair<std::size_t, std::size_t>(1, 2));
}

TEST_CASE("cross-attends are spread evenly among the towers, or stand before them") {
  PerceiverConfig config = small();
  config.cross_sharing = config.tower_sharing = Sharing::none;
  const auto [cross_attends, towers, placement, expected] = GENERATE(table<Index, Index, Placement, std::string>({
      {3, 0, Placement::interleaved, "ctctct"},
      {2, 4, Placement::interleaved, "cttctt"},
      {3, 2, Placement::interleaved, "cctct"},
      {1, 3, Placement::interleaved, "cttt"},
      {2, 0, Placement::at_start, "cctt"},
  }));
  config.cross_attends = cross_attends;
  config.towers = towers;
  config.placement = placement;
  const Perceiver model = make(config);
  const Tensor input = random_tensor({2, 12, 2}, 5), tokens = model.tokens(input);
  Tensor z = unsqueeze(model.latents, 0);
  Index cross = 0, tower = 0;
  for (char part : expected) z = part == 'c' ? model.cross[cross++](z, tokens) : model.towers[tower++](z);
  CHECK(difference(model.encode(input), z) < 1e-14);
}

TEST_CASE("a shared model is the unshared one with equal weights") {
  PerceiverConfig config = small();
  const Perceiver shared = make(config);
  config.cross_sharing = config.tower_sharing = Sharing::none;
  const Perceiver unshared = make(config);
  nn::NamedTensors weights = nn::named_tensors(shared);
  for (const auto& [name, tensor] : nn::named_tensors(shared)) {
    for (const std::string part : {"cross.", "towers."})
      if (name.starts_with(part + "1.")) weights[part + "2." + name.substr(part.size() + 2)] = tensor;
  }
  load_parameters(unshared, weights);
  const Tensor input = random_tensor({2, 12, 2}, 5);
  CHECK(difference(shared(input), unshared(input)) < 1e-14);
}

TEST_CASE("parameters have the names that checkpoints rely on") {
  PerceiverConfig config = small();
  config.cross_attends = 1;
  config.input.positions = Positions::learned;
  const std::vector<std::string> all = names(make(config));
  for (const std::string name :
       {"latents", "tokens.positions", "cross.0.attention.latent_norm.weight", "cross.0.attention.input_norm.bias",
        "cross.0.attention.query.weight", "cross.0.feed_forward.up.weight", "towers.0.blocks.0.attention.key.bias",
        "towers.0.blocks.0.feed_forward_norm.weight", "final_norm.weight", "head.bias"}) {
    CAPTURE(name);
    CHECK(std::count(all.begin(), all.end(), name) == 1);
  }
}

TEST_CASE("permuting the inputs with their positions leaves the logits unchanged") {
  const Perceiver model = make(with_own_positions(small()));
  const Tensor input = with_positions(random_tensor({2, 12, 2}, 5), {3, 4});
  CHECK(difference(model(input), model(index_select(input, 1, shuffled(12, 3)))) < 1e-12);
}

TEST_CASE("positions on a grid are those that tokens could bring along") {
  const Perceiver on_grid = make(small()), own = make(with_own_positions(small()));
  load_parameters(own, nn::named_tensors(on_grid));
  const Tensor input = random_tensor({2, 12, 2}, 5);
  CHECK(difference(on_grid(input), own(with_positions(input, {3, 4}))) < 1e-12);
  CHECK(difference(on_grid(input), on_grid(index_select(input, 1, shuffled(12, 3)))) > 1e-3);
}

TEST_CASE("pixels in another order, each with its own position, give the same, and parameters learn the same") {
  PerceiverConfig config = small();
  config.input.positions = GENERATE(Positions::fourier, Positions::learned);
  const Perceiver in_order = make(config);
  config.input.permutation = 3;
  const Perceiver permuted = make(config);
  load_parameters(permuted, nn::named_tensors(in_order));
  const Tensor input = random_tensor({2, 12, 2}, 5);
  CHECK(difference(permuted.tokens(input), in_order.tokens(input)) > 0.1);
  CHECK(difference(permuted.tokens(input), index_select(in_order.tokens(input), 1, permuted.tokens.order)) == 0);
  CHECK(difference(permuted(input), in_order(input)) < 1e-12);
  for (const Perceiver* model : {&in_order, &permuted}) backward(sum((*model)(input) * (*model)(input)));
  const nn::Parameters expected = in_order.parameters(), found = permuted.parameters();
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(difference(found[i].tensor.grad(), expected[i].tensor.grad()) < 1e-12);
}

TEST_CASE("permuting the latents leaves the logits unchanged") {
  const Perceiver model = make(small());
  const Tensor input = random_tensor({2, 12, 2}, 5), order = shuffled(3, 4);
  const Tensor logits = model(input), encoded = model.encode(input);
  model.latents.copy_from(index_select(model.latents, 0, order));
  CHECK(difference(model(input), logits) < 1e-12);
  CHECK(difference(model.encode(input), index_select(encoded, 1, order)) < 1e-12);
}

TEST_CASE("latents that start equal stay equal for ever, so they must not") {
  const Perceiver model = make(small());
  const Tensor input = random_tensor({2, 12, 2}, 5);
  CHECK(difference(select(model.encode(input), 1, 0), select(model.encode(input), 1, 1)) > 1e-3);
  model.latents.copy_from(ones({3, 8}, DType::f64));
  backward(nn::mean_squared_error(model(input), random_tensor({2, 4}, 6)));
  const Tensor encoded = model.encode(input), slope = model.latents.grad();
  for (Index n : {1, 2}) {
    CHECK(difference(select(encoded, 1, 0), select(encoded, 1, n)) < 1e-13);
    CHECK(difference(select(slope, 0, 0), select(slope, 0, n)) < 1e-13);
  }
}

TEST_CASE("a cloud of points is read by its positions alone") {
  PerceiverConfig config = small();
  config.input.grid = {20};
  config.input.input_channels = 0;
  config.input.own_axes = 3;
  const Perceiver model = make(config);
  CHECK(config.input.channels() == 3 * 5);
  CHECK(model(random_tensor({2, 20, 3}, 1)).shape() == Shape{2, 4});
  CHECK(model(random_tensor({2, 50, 3}, 1)).shape() == Shape{2, 4});  // as many points as there are
}

TEST_CASE("every parameter gets a gradient, which is zero for key biases only") {
  PerceiverConfig config = small();
  config.cross_form = GENERATE(nn::AttentionForm::plain, nn::AttentionForm::absorbed);
  config.input.positions = GENERATE(Positions::fourier, Positions::learned);
  config.placement = GENERATE(Placement::interleaved, Placement::at_start);
  const Perceiver model = make(config);
  backward(cross_entropy(model(random_tensor({3, 12, 2}, 5)), tensor({0, 1, 3}, DType::i64)));
  for (const auto& [name, tensor] : model.parameters()) {
    CAPTURE(name);
    REQUIRE(tensor.grad().defined());
    if (name.ends_with("key.bias")) {
      CHECK(largest(tensor.grad()) < 1e-14);
    } else {
      CHECK(largest(tensor.grad()) > 1e-7);
    }
  }
}

TEST_CASE("the whole model has the right gradients") {
  PerceiverConfig config = small();
  config.input.positions = GENERATE(Positions::fourier, Positions::learned);
  config.input.position_channels = 3;
  const Perceiver model = make(config);
  const Tensor input = random_tensor({2, 12, 2}, 5);
  check_gradients(
      model.parameters(), [&] { return model(input); }, 6);
}

TEST_CASE("plain and absorbed cross-attends make the same model") {
  PerceiverConfig config = small();
  config.cross_form = nn::AttentionForm::plain;
  const Perceiver plain = make(config);
  config.cross_form = nn::AttentionForm::absorbed;
  const Perceiver absorbed = make(config);
  const Tensor input = random_tensor({2, 12, 2}, 5);
  const nn::NamedTensors expected = gradients_of(plain.parameters(), [&] { return plain(input); });
  CHECK(difference(plain(input), absorbed(input)) < 1e-10);
  for (const auto& [name, slope] : gradients_of(absorbed.parameters(), [&] { return absorbed(input); })) {
    CAPTURE(name);
    CHECK(difference(slope, expected.at(name)) < 1e-10);
  }
}

TEST_CASE("scores: one map per cross-attend, before the softmax") {
  const Perceiver model = make(small());
  const Tensor input = random_tensor({2, 12, 2}, 5);
  const Tensors scores = model.scores(input);
  REQUIRE(scores.size() == 3);
  for (const Tensor& each : scores) CHECK(each.shape() == Shape{2, 2, 3, 12});
  const Tensor first = model.cross[0].attention.scores(unsqueeze(model.latents, 0), model.tokens(input));
  CHECK(difference(scores[0], first) == 0);
  CHECK(difference(scores[1], scores[2]) > 1e-6);
}

TEST_CASE("a zero head starts undecided, and dropout changes training only") {
  PerceiverConfig config = small();
  config.zero_head = true;
  config.dropout = 0.3;
  nn::Init init{.dtype = DType::f64};
  const Perceiver undecided(config, init);
  const Tensor input = random_tensor({2, 12, 2}, 5);
  CHECK(largest(undecided(input)) == 0);

  const Perceiver model = make(config);
  const Tensor evaluated = model(input);
  CHECK(difference(model(input), evaluated) == 0);
  const nn::Training scope{Generator(1)};
  CHECK(difference(model(input), evaluated) > 1e-3);
}

TEST_CASE("what does not fit a Perceiver is told") {
  const Perceiver model = make(small());
  CHECK(error_of([&] {
          model(random_tensor({2, 13, 2}, 1));
        }) == "TokenInput: the input is (2, 13, 2), and (batch, 12, 2) is needed");
  CHECK(error_of([&] {
          model(random_tensor({12, 2}, 1));
        }) == "TokenInput: the input is (12, 2), and (batch, 12, 2) is needed");
  PerceiverConfig config = small();
  config.latents = 0;
  CHECK(error_of([&] { make(config); }) == "Perceiver: latents is 0, and 1 to 16777216 is possible");
  config = with_own_positions(small());
  config.input.positions = Positions::learned;
  CHECK(error_of([&] { make(config); }) ==
        "Perceiver: own_axes is 2, but positions that come with the input cannot be learned");
}
