#include "engine/parallel.h"
#include "engine/safetensors.h"
#include "models/perceiver.h"
#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

namespace {

PerceiverConfig tiny() {
  return {.input = {.grid = {8, 8}, .bands = 4, .nyquist_frequency = 4},
          .latents = 8,
          .channels = 16,
          .cross_attends = 2,
          .blocks = 1,
          .cross_heads = 2,
          .heads = 2,
          .dropout = 0.1,
          .final_norm = true,
          .classes = 4};
}

struct Run {
  Perceiver model;
  nn::Optimizer optimizer;

  Run(const PerceiverConfig& config, nn::Init init)
      : model(config, init), optimizer(nn::AdamW{.beta2 = 0.98}, nn::decay_groups(model, 0.05)) {}

  double step(const Tensor& images, const Tensor& labels, double lr) {
    const nn::Training scope(Generator(1).fold_in(std::uint64_t(optimizer.steps())));
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(model(images), labels);
    backward(loss);
    nn::clip_grad_norm(model.parameters(), 1);
    optimizer.step(lr);
    return loss.item();
  }
};

const Tensor images = random_tensor({16, 64, 1}, 3, DType::f32);
const Tensor labels = [] {
  Generator generator(4);
  return randint(0, 4, {16}, generator);
}();

}  // namespace

TEST_CASE("a tiny Perceiver learns noise by heart") {
  PerceiverConfig config = tiny();
  config.dropout = 0;
  Run run(config, {});
  const double first = run.step(images, labels, 0);
  CHECK(first == Catch::Approx(std::log(4.0)));  // undecided
  const nn::Schedule schedule = nn::one_cycle({.peak = 1e-2, .steps = 200, .warm_up = 0.1});
  for (Index step = 0; step < 200; ++step) run.step(images, labels, schedule(step));
  const NoGrad off;
  const Tensor logits = run.model(images);
  CHECK(cross_entropy(logits, labels).item() < 0.05);
  CHECK(nn::accuracy(logits, labels) == 1);
}

TEST_CASE("the weights after 20 steps are the same bits for any number of threads") {
  PerceiverConfig config = tiny();  // large enough for every kernel to share its work out
  config.input.grid = {16, 16};
  config.channels = 72;
  config.widening = 4;
  const Tensor large = random_tensor({16, 256, 1}, 5, DType::f32);
  const int before = threads();
  const auto weights = [&](int count) {
    set_threads(count);
    Run run(config, {});
    for (Index step = 0; step < 20; ++step) run.step(large, labels, 1e-2);
    std::vector<double> all;
    for (const auto& [name, tensor] : run.model.parameters())
      for (double value : tensor.values()) all.push_back(value);
    return all;
  };
  const std::vector<double> one = weights(1);
  for (int count : {2, 3, 8}) {
    CAPTURE(count);
    CHECK((weights(count) == one));
  }
  set_threads(before);
}

TEST_CASE("a run resumed from a file ends in the same bits as an unbroken one, dropout included") {
  const auto file = std::filesystem::temp_directory_path() / "latent_test_resume.safetensors";
  Run unbroken(tiny(), {});
  for (Index step = 0; step < 6; ++step) unbroken.step(images, labels, 1e-2);
  TensorFile checkpoint{nn::named_tensors(unbroken.model), to_metadata(unbroken.model.config)};
  for (const auto& [name, tensor] : unbroken.optimizer.state()) checkpoint.tensors["optimizer." + name] = tensor;
  save_tensors(file, checkpoint);
  for (Index step = 6; step < 12; ++step) unbroken.step(images, labels, 1e-2);

  const TensorFile loaded = load_tensors(file);
  std::filesystem::remove(file);
  Run resumed(from_metadata<PerceiverConfig>(loaded.metadata), {.generator = Generator(99)});
  nn::NamedTensors weights, state;
  const std::string prefix = "optimizer.";
  for (const auto& [name, tensor] : loaded.tensors) {
    if (name.starts_with(prefix)) {
      state[name.substr(prefix.size())] = tensor;
    } else {
      weights[name] = tensor;
    }
  }
  load_parameters(resumed.model, weights);
  resumed.optimizer.load_state(state);
  for (Index step = 6; step < 12; ++step) resumed.step(images, labels, 1e-2);
  for (const auto& [name, tensor] : nn::named_tensors(unbroken.model)) {
    CAPTURE(name);
    CHECK(tensor.values() == nn::named_tensors(resumed.model).at(name).values());
  }
}

TEST_CASE("a training step leaves no history behind") {
  Run run(tiny(), {});
  run.step(images, labels, 1e-2);
  CHECK(live_nodes() == Index(run.model.parameters().size()));
}
