// What a graph keeps alive and for how long, what must not be overwritten, and how NaN is traced.
#include <limits>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/error_of.h"

using namespace latent;
using namespace latent::test;

namespace {

Tensor leaf(const std::vector<double>& values) { return tensor(values, DType::f64).require_grad(); }

// The error of f without the versions at its end.
template <class F> std::string refusal(F f) {
  const std::string message = error_of(f);
  return message.substr(0, message.find(": it is at version"));
}

// The refusal of backward after one more write to `written`.
std::string overwritten(const Tensor& loss, const Tensor& written) {
  *written.mutable_data<double>() = 7;
  return refusal([&] { backward(loss); });
}

std::string overwritten_message(const std::string& op) {
  return op + ": backward needs a value that has been overwritten";
}

}  // namespace

TEST_CASE("history: a chain of a million nodes, forward, backward and release", "[slow]") {
  const Index before = live_nodes(), bytes = memory().current;
  for (const bool captures : {false, true}) {
    const Tensor x = leaf({0.5}), factor = leaf({1});
    Tensor y = x;
    for (int i = 0; i < 1000000; ++i) y = captures ? y * factor : y + 1;
    CHECK(live_nodes() == before + 1000002);
    const Tensors gradients = grad(y, {x, factor});
    CHECK(gradients[0].item() == 1);
    CHECK(gradients[1].item() == (captures ? 500000 : 0));
    y = Tensor();
    CHECK(live_nodes() == before + 2);
  }
  CHECK(live_nodes() == before);
  CHECK(memory().current == bytes);
}

TEST_CASE("history: long graphs of other forms are released without recursion", "[slow]") {
  const Index before = live_nodes();
  {
    const Tensor x = leaf({0.5, 0.25});
    Tensor a = x, b = x;
    for (int i = 0; i < 50000; ++i) {  // a ladder: each rung holds both rails
      const Tensor next = a * 0.5 + b * 0.5;
      b = minimum(a, next);
      a = next;
    }
    Tensor fused = x;
    for (int i = 0; i < 50000; ++i) fused = softmax(fused);
    Tensor stacked = x;
    for (int i = 0; i < 20000; ++i) stacked = slice(concat({stacked, stacked}), 0, 1, 3);
    CHECK(live_nodes() > before + 200000);
    grad(sum(a + b), {x});
    grad(sum(fused), {x});
  }
  CHECK(live_nodes() == before);
}

TEST_CASE("history: a chain of gradients of gradients is released") {
  const Index before = live_nodes(), bytes = memory().current;
  {
    const Tensor x = leaf({0.5, 0.25, 1});
    Tensor y = sum(softmax(x * x) * exp(x));
    for (int order = 0; order < 3; ++order) y = sum(sin(grad(y, {x}, true)[0]));
    CHECK(live_nodes() > before + 100);
  }
  CHECK(live_nodes() == before);
  CHECK(memory().current == bytes);
}

TEST_CASE("history: no op leaks a node, an output or an input") {
  const Index before = live_nodes(), bytes = memory().current;
  Generator generator(1);
  for (int step = 0; step < 3; ++step) {
    Tensor x = randn({1, 2, 3, 4}, generator).require_grad(), w = ones({4}).require_grad();
    const Tensor y = layer_norm(attention(x, x, x), w) + log_softmax(tanh(x) / (1 + exp(x))) * max(x, 1, true);
    const Tensor loss = cross_entropy(reshape(y, {6, 4}), zeros({6}, DType::i64));
    backward(loss);
    CHECK(x.grad().defined());
    CHECK(w.grad().defined());
  }
  CHECK(live_nodes() == before);
  CHECK(memory().current == bytes);
}

TEST_CASE("history: what backward has used it releases, while the loss is still there") {
  Tensor x = ones({1000}).require_grad();
  Tensor y = x;
  for (int i = 0; i < 10; ++i) y = exp(y * 0.1);
  const Tensor loss = sum(y);
  y = Tensor();
  const Index nodes = live_nodes(), bytes = memory().current;
  reset_peak_memory();
  backward(loss);
  CHECK(live_nodes() == nodes - 20);                    // x and the loss are left
  CHECK(memory().current == bytes - 20 * 4000 + 4000);  // the gradient in place of all between
  CHECK(memory().peak <= bytes + 3 * 4000 + 64);        // and on the way there were never more than a few
}

TEST_CASE("history: without a gradient wanted, nothing is kept") {
  const Index before = live_nodes();
  const Tensor x = ones({3}), y = softmax(exp(x) * 2);
  CHECK(live_nodes() == before);
  CHECK_FALSE(y.requires_grad());
}

TEST_CASE("history: a value that backward needs must not be overwritten") {
  Tensor x = leaf({1, 2}), w = tensor({3, 4}, DType::f64);
  CHECK(overwritten(sum(x * w), w) == overwritten_message("mul"));
  CHECK(overwritten(sum(x * x), x) == overwritten_message("mul"));
  const Tensor y = exp(leaf({1}));
  CHECK(overwritten(y, y) == overwritten_message("exp"));
  CHECK(overwritten(sum(softmax(x)), x) == overwritten_message("softmax"));
  const Tensor rows = reshape(w, {1, 2});
  CHECK(overwritten(sum(matmul(rows, unsqueeze(x, 1))), w) == overwritten_message("matmul"));  // through another view
  const Tensor labels = tensor({1}, DType::i64), logits = reshape(x, {1, 2}), mask = ones({1, 2}, DType::f64);
  const Tensor chosen = index_select(x, 0, labels), gathered = gather(x, 0, labels);
  const Tensor loss = cross_entropy(logits, labels), asked = reshape(x, {1, 1, 2, 1});
  *labels.mutable_data<Index>() = 1LL << 40;
  CHECK(refusal([&] { grad(chosen, {x}); }) == overwritten_message("index_select"));
  CHECK(refusal([&] { grad(gathered, {x}); }) == overwritten_message("gather"));
  CHECK(refusal([&] { grad(loss, {x}); }) == overwritten_message("cross_entropy"));
  CHECK(overwritten(sum(attention(asked, asked, asked, {.mask = mask})), mask) == overwritten_message("attention"));
  const Tensor good = sum(x * w);
  w.copy_from(ones({2}, DType::f64));
  CHECK(refusal([&] { grad(good, {x}, true); }) == overwritten_message("mul"));
}

TEST_CASE("history: a value that backward does not need may be overwritten") {
  Tensor x = leaf({1, 2});
  const Tensor shift = tensor({3, 4}, DType::f64);
  CHECK(overwritten(sum(x + shift), shift) == "no error");
  CHECK(overwritten(sum(x + shift), x) == "no error");
  for (const Tensor& y : {x * 3, reshape(x, {2, 1}), slice(x, 0, 0, 1), unsqueeze(x, 0), concat({x, shift}), mean(x, 0),
                          clamp(shift, 0, 1) * x})
    CHECK(overwritten(sum(y), x) == "no error");
}

TEST_CASE("history: an optimiser's step between forward passes is no error") {
  Tensor w = leaf({1, 2});
  for (int step = 0; step < 3; ++step) {
    w.zero_grad();
    backward(sum(exp(w) * w));
    const NoGrad off;
    w.copy_from(w - 0.1 * w.grad());
  }
  CHECK(w.at({0}) < 1);
}

TEST_CASE("history: detect_anomaly names the op that made NaN or infinity") {
  const DetectAnomaly on;
  Tensor x = leaf({0, 1});
  CHECK(error_of([&] { log(x); }) == "log: the result (2) holds NaN or infinity");
  const Tensor y = sqrt(x);  // finite, with an infinite slope at 0
  CHECK(error_of([&] { backward(sum(y)); }) == "backward of sqrt: the result (2) holds NaN or infinity");
  CHECK(error_of([&] {
          softmax(tensor({std::numeric_limits<double>::infinity(), 1}, DType::f64));
        }) == "softmax: the result (2) holds NaN or infinity");
  const NoGrad off;
  CHECK(error_of([&] { x / zeros({2}, DType::f64); }) == "div: the result (2) holds NaN or infinity");
}

TEST_CASE("history: without detect_anomaly NaN passes") {
  Tensor x = leaf({0, 1});
  backward(sum(sqrt(x)));
  CHECK(x.grad().at({0}) == std::numeric_limits<double>::infinity());
}
