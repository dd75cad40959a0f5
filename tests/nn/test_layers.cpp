// Every layer: the names and shapes of its parameters, and all of its gradients.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "engine/gradcheck.h"
#include "tests/files.h"
#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;

namespace {

struct Case {
  std::string layer;
  Parameters parameters;
  std::string expected;  // names and shapes
  std::vector<Shape> inputs;
  std::function<Tensor(const Tensors& inputs)> f;
};

template <class M>
Case make(const std::string& layer, const M& module, std::vector<Shape> inputs, const std::string& expected) {
  randomize(module);
  return {layer, module.parameters(), expected, std::move(inputs), [module](const Tensors& x) {
            if constexpr (requires { module(x[0]); }) {
              if (x.size() == 1) return module(x[0]);
            }
            if constexpr (requires { module(x[0], x[1]); }) return module(x[0], x[1]);
            return Tensor();
          }};
}

const std::string latent_attention =
    "latent_norm.weight (4), latent_norm.bias (4), input_norm.weight (5), input_norm.bias (5), query.weight (6, 4), "
    "query.bias (6), key.weight (6, 5), key.bias (6), value.weight (6, 5), value.bias (6), output.weight (4, 6), "
    "output.bias (4)";

std::vector<Case> cases() {
  Init init{.dtype = DType::f64};
  const LatentAttentionSizes sizes = {.latents = 3, .channels = 4, .input_channels = 5, .width = 6, .heads = 2};
  return {
      make("Linear", Linear(3, 4, init), {{2, 3}}, "weight (4, 3), bias (4)"),
      make("Linear without bias", Linear(3, 4, init, false), {{2, 2, 3}}, "weight (4, 3)"),
      make("LayerNorm", LayerNorm(5, init), {{2, 3, 5}}, "weight (5), bias (5)"),
      make("RMSNorm", RMSNorm(5, init), {{2, 5}}, "weight (5)"),
      make("FeedForward", FeedForward(3, 6, init), {{2, 3}},
           "up.weight (6, 3), up.bias (6), down.weight (3, 6), down.bias (3)"),
      make("FeedForward, SwiGLU without biases", FeedForward(3, 6, init, Activation::swiglu, false), {{2, 3}},
           "up.weight (6, 3), down.weight (3, 6), gate.weight (6, 3)"),
      make("MultiHeadAttention", MultiHeadAttention(6, 2, init), {{2, 3, 6}},
           "query.weight (6, 6), query.bias (6), key.weight (6, 6), key.bias (6), value.weight (6, 6), value.bias (6), "
           "output.weight (6, 6), output.bias (6)"),
      make("MultiHeadAttention to an input",
           MultiHeadAttention({.channels = 4, .input_channels = 5, .width = 6, .heads = 2}, init),
           {{2, 3, 4}, {2, 7, 5}},
           "query.weight (6, 4), query.bias (6), key.weight (6, 5), key.bias (6), value.weight (6, 5), value.bias (6), "
           "output.weight (4, 6), output.bias (4)"),
      make("MultiHeadAttention, grouped-query with rotary positions",
           MultiHeadAttention({.channels = 4, .width = 8, .heads = 4, .kv_heads = 2, .bias = false, .rotary = Rotary{}},
                              init),
           {{2, 3, 4}}, "query.weight (8, 4), key.weight (4, 4), value.weight (4, 4), output.weight (4, 8)"),
      make("MultiHeadLatentAttention", MultiHeadLatentAttention({5, 2, 4, 3, 0, 2}, init), {{2, 3, 5}},
           "code_down.weight (3, 5), code_norm.weight (3), key_up.weight (8, 3), value_up.weight (8, 3), "
           "key_rotary.weight (2, 5), query_up.weight (8, 5), query_rotary.weight (4, 5), output.weight (5, 8)"),
      make("MultiHeadLatentAttention with a query code", MultiHeadLatentAttention({5, 2, 4, 3, 6, 2}, init),
           {{2, 3, 5}},
           "code_down.weight (3, 5), code_norm.weight (3), key_up.weight (8, 3), value_up.weight (8, 3), "
           "key_rotary.weight (2, 5), query_down.weight (6, 5), query_norm.weight (6), query_up.weight (8, 6), "
           "query_rotary.weight (4, 6), output.weight (5, 8)"),
      make("LatentAttention, plain", LatentAttention(sizes, init, AttentionForm::plain), {{2, 3, 4}, {2, 7, 5}},
           latent_attention),
      make("LatentAttention, absorbed", LatentAttention(sizes, init, AttentionForm::absorbed), {{1, 3, 4}, {2, 7, 5}},
           latent_attention),
      make("SelfAttentionBlock", SelfAttentionBlock(4, 2, init, {.widening = 2}), {{2, 3, 4}},
           "attention_norm.weight (4), attention_norm.bias (4), attention.query.weight (4, 4), attention.query.bias "
           "(4), "
           "attention.key.weight (4, 4), attention.key.bias (4), attention.value.weight (4, 4), attention.value.bias "
           "(4), "
           "attention.output.weight (4, 4), attention.output.bias (4), feed_forward_norm.weight (4), "
           "feed_forward_norm.bias (4), feed_forward.up.weight (8, 4), feed_forward.up.bias (8), "
           "feed_forward.down.weight (4, 8), feed_forward.down.bias (4)"),
      make("CrossAttentionBlock", CrossAttentionBlock(sizes, init), {{2, 3, 4}, {2, 7, 5}},
           "attention.latent_norm.weight (4), attention.latent_norm.bias (4), attention.input_norm.weight (5), "
           "attention.input_norm.bias (5), attention.query.weight (6, 4), attention.query.bias (6), "
           "attention.key.weight (6, 5), attention.key.bias (6), attention.value.weight (6, 5), attention.value.bias "
           "(6), "
           "attention.output.weight (4, 6), attention.output.bias (4), feed_forward_norm.weight (4), "
           "feed_forward_norm.bias (4), feed_forward.up.weight (4, 4), feed_forward.up.bias (4), "
           "feed_forward.down.weight (4, 4), feed_forward.down.bias (4)"),
  };
}

}  // namespace

TEST_CASE("every layer of nn/ is among those tested here") {
  Index layers = 0;
  for (const auto& file : std::filesystem::directory_iterator(test::source_folder() / "nn")) {
    std::ifstream code(file.path());
    const std::regex declaration(R"(^struct (\w+) : Module \{)");
    std::smatch found;
    for (std::string line; std::getline(code, line);)
      if (std::regex_search(line, found, declaration)) {
        const std::string name = found[1];
        INFO(name << " in " << file.path() << " needs a row in cases() of this test");
        const auto is_meant = [&](const Case& c) { return c.layer.starts_with(name); };
        CHECK((name == "Embedding" || name == "LearnedPositions" || std::ranges::any_of(cases(), is_meant)));
        ++layers;
      }
  }
  CHECK(layers >= 11);
}

TEST_CASE("every layer has the parameters that it should") {
  for (const Case& c : cases()) {
    CAPTURE(c.layer);
    std::string found;
    for (const auto& [name, tensor] : c.parameters)
      found += fmt::format("{}{} {}", found.empty() ? "" : ", ", name, tensor.shape());
    CHECK(found == c.expected);
  }
}

TEST_CASE("every layer has the right gradients") {
  for (const Case& c : cases()) {
    CAPTURE(c.layer);
    Parameters all = c.parameters;
    Tensors inputs;
    for (const Shape& shape : c.inputs) {
      inputs.push_back(random_tensor(shape, 5 + inputs.size()).require_grad());
      all.push_back({fmt::format("input {}", inputs.size()), inputs.back()});
    }
    check_gradients(all, [&] { return c.f(inputs); });
  }
}

TEST_CASE("Embedding looks rows up and sums their gradients") {
  Init init{.dtype = DType::f64};
  const Embedding embedding(4, 3, init);
  CHECK(names(embedding) == std::vector<std::string>{"weight"});
  const Tensor indices = tensor({2, 0, 2, 1}, {2, 2}, DType::i64);
  const Tensor rows = embedding(indices);
  CHECK(rows.shape() == Shape{2, 2, 3});
  CHECK(rows.at({1, 0, 1}) == embedding.weight.at({2, 1}));
  check_gradients(embedding.parameters(), [&] { return embedding(indices); });
}

TEST_CASE("initial values: linear weights are cut at two deviations, biases 0, norms 1 and 0") {
  Init init{.generator = Generator(3)};
  const Linear linear(64, 200, init);
  const double std = 1 / std::sqrt(64.0);
  CHECK(largest(linear.weight) <= 2 * std);
  CHECK(std::sqrt(var(linear.weight.detach()).item()) ==
        Catch::Approx(0.88 * std).epsilon(0.02));  // 0.88: what the cut leaves
  CHECK(largest(linear.bias) == 0);
  const LayerNorm norm(8, init);
  CHECK(difference(norm.weight, ones({8})) == 0);
  CHECK(largest(norm.bias) == 0);
  CHECK(largest(Linear::zero(3, 4, init)(random_tensor({2, 3}, 1, DType::f32))) == 0);
}

TEST_CASE("the same seed makes the same model, another seed another one") {
  const auto weight = [](std::uint64_t seed) {
    Init init{.generator = Generator(seed)};
    return FeedForward(3, 4, init).down.weight.values();
  };
  CHECK(weight(1) == weight(1));
  CHECK(weight(1) != weight(2));
}

TEST_CASE("Dropout is active inside a Training scope only, and its masks follow from the generator") {
  const Dropout dropout{0.5};
  const Tensor x = ones({1000}, DType::f64);
  const auto dropped = [&](std::uint64_t seed) {
    const Training scope{Generator(seed)};
    return dropout(x).values();
  };
  CHECK(dropout(x).values() == x.values());
  const std::vector<double> y = dropped(1);
  for (double value : y) CHECK((value == 0 || value == 2));
  CHECK(std::abs(double(std::count(y.begin(), y.end(), 0.0)) - 500) < 60);
  CHECK(dropped(1) == y);
  CHECK(dropped(2) != y);
  CHECK(dropout(x).values() == x.values());
}

TEST_CASE("Training scopes nest, and each call draws anew") {
  const Dropout dropout{0.5};
  const Tensor x = ones({100}, DType::f64);
  const Training outer{Generator(1)};
  const std::vector<double> first = dropout(x).values();
  {
    const Training inner{Generator(2)};
    CHECK(dropout(x).values() != first);
  }
  CHECK(dropout(x).values() != first);
  const Training again{Generator(1)};
  CHECK(dropout(x).values() == first);
}

TEST_CASE("mean squared error and accuracy") {
  const Tensor a = tensor({1, 2, 3, 4}, {2, 2}, DType::f64), b = tensor({1, 4, 3, 0}, {2, 2}, DType::f64);
  CHECK(mean_squared_error(a, b).item() == 5);
  const Tensor which = tensor({1, 0}, DType::i64), one_hot = tensor({0, 1, 1, 0}, {2, 2}, DType::f64);
  for (const double smoothing : {0.0, 0.3})
    CHECK(soft_cross_entropy(a, one_hot, smoothing).item() ==
          Catch::Approx(cross_entropy(a, which, smoothing).item()).epsilon(1e-14));
  const Tensor half = soft_cross_entropy(a, 0.5 * one_hot + 0.5 * (1 - one_hot));
  CHECK(half.item() ==
        Catch::Approx((cross_entropy(a, which) + cross_entropy(a, tensor({0, 1}, DType::i64))).item() / 2));
  // a share of 0 adds nothing, whatever the logit: 0 log 0 = 0, in value and gradient; any other share does
  Tensor hidden = tensor({-INFINITY, 2, 3, -INFINITY}, {2, 2}, DType::f64).require_grad();
  CHECK(soft_cross_entropy(hidden, one_hot).item() == cross_entropy(hidden, which).item());
  CHECK(difference(grad(soft_cross_entropy(hidden, one_hot), {hidden})[0], zeros({2, 2}, DType::f64)) == 0);
  CHECK(std::isinf(soft_cross_entropy(hidden, one_hot, 0.1).item()));
  CHECK(std::isinf(soft_cross_entropy(hidden, full({2, 2}, 0.5, DType::f64)).item()));
  const GradcheckResult result =
      gradcheck([](const Tensors& in) { return soft_cross_entropy(in[0], in[1]); }, {a, one_hot}, {.order = 2});
  INFO(result.where);
  CHECK(result.ok);
  CHECK(error_of([&] { soft_cross_entropy(a, which); }) ==
        "soft_cross_entropy: the logits are (2, 2) and the shares (2); they must agree");
  CHECK(error_of([&] { soft_cross_entropy(a, one_hot, 2); }) ==
        "soft_cross_entropy: label smoothing 2, and 0 to 1 is possible");
  CHECK(error_of([&] { mean_squared_error(a, ones({2}, DType::f64)); }) ==
        "mean_squared_error: the prediction is (2, 2) and the target (2); they must agree");
  const Tensor logits = tensor({0, 1, 5, 2, 3, 4}, {3, 2}), labels = tensor({1, 0, 0}, DType::i64);
  CHECK(correct(logits, labels) == 2);
  CHECK(accuracy(logits, labels) == Catch::Approx(2.0 / 3));
  CHECK(error_of([&] {
          correct(logits, tensor({1, 0}, DType::i64));
        }) == "correct: 3 predictions and 2 labels; they must agree");
}
