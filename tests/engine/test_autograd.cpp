// Reverse mode itself: graphs of any form, any order of derivative, and what is refused.
#include <cmath>
#include <limits>
#include <thread>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/error_of.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

Tensor leaf(double value) { return scalar(value, DType::f64).require_grad(); }
Tensor leaf(const std::vector<double>& values) { return tensor(values, DType::f64).require_grad(); }

double slope(const Tensor& y, const Tensor& x) { return grad(y, {x})[0].item(); }

}  // namespace

TEST_CASE("autograd: a value that is used twice") {
  const Tensor x = leaf(3);
  CHECK(slope(x * x, x) == 6);
  CHECK(slope(x + x, x) == 2);
  CHECK(slope(x - x, x) == 0);
  CHECK(slope(x / x, x) == 0);
}

TEST_CASE("autograd: diamonds and shared sub-expressions") {
  const Tensor x = leaf(2), a = x * x, b = a + x, c = a * b;  // x^2 (x^2 + x)
  CHECK(slope(c, x) == 4 * 8 + 3 * 4);
  CHECK(slope(c, a) == 10);  // b + a, as b depends on a
  CHECK(slope(c, b) == 4);
  Tensor deep = x;
  for (int i = 0; i < 60; ++i) deep = deep + deep;  // 2^60 paths
  CHECK(slope(deep, x) == std::ldexp(1, 60));
}

TEST_CASE("autograd: nodes are reached after all that depend on them, in whatever order they were made") {
  const Tensor x = leaf(2), y = leaf(5);
  const Tensor early = x * y, late = exp(x), other = early * late;
  CHECK(slope(other + early, x) == Catch::Approx(5 * std::exp(2) + 10 * std::exp(2) + 5));
  CHECK(slope(early + other, y) == Catch::Approx(2 * std::exp(2) + 2));
}

TEST_CASE("autograd: derivatives of any order") {
  const Tensor x = leaf(1.5);
  Tensor y = x * x * x * x;
  for (const double expected : {4 * 3.375, 12 * 2.25, 24 * 1.5, 24.0}) {
    y = grad(y, {x}, true)[0];
    CHECK(y.item() == Catch::Approx(expected));
  }
  y = sin(x);
  for (int order = 1; order <= 8; ++order) {
    y = grad(y, {x}, true)[0];
    CHECK(y.item() == Catch::Approx(std::sin(1.5 + order * std::acos(0))));
  }
}

TEST_CASE("autograd: one tensor as several inputs of a fused op") {
  const Threads single(1);
  Generator generator(1);
  const Tensor x = randn({1, 2, 3, 4}, generator, DType::f64), w = randn({4}, generator, DType::f64);
  const GradcheckOptions second{.order = 2};
  const auto self = gradcheck([](const Tensors& in) { return attention(in[0], in[0], in[0]); }, {x}, second);
  CHECK(self.where + (self.ok ? " ok" : "") == self.where + " ok");
  CHECK(gradcheck([](const Tensors& in) { return layer_norm(in[0], in[0], in[0]); }, {w}, second));
  CHECK(gradcheck([](const Tensors& in) { return linear(in[0], in[0], select(in[0], 0, 0)); },
                  {randn({3, 3}, generator, DType::f64)}, second));
  CHECK(gradcheck([](const Tensors& in) { return matmul(in[0], in[0]); }, {randn({3, 3}, generator, DType::f64)},
                  second));
  CHECK(gradcheck(
      [](const Tensors& in) {
        return where(tensor({1, 0, 1, 0}, DType::f64), in[0], in[0]) * in[0];
      },
      {w}, second));
}

TEST_CASE("autograd: inputs of a fused op that depend on each other") {
  const Threads single(1);
  Generator generator(1);
  const Tensor x = randn({1, 2, 3, 4}, generator, DType::f64);
  const Function f = [](const Tensors& in) {
    const Tensor q = in[0], k = tanh(q), v = k * q;
    return attention(q, k, v, {.causal = true});
  };
  const auto result = gradcheck(f, {x}, {.order = 2});
  INFO(result.where);
  CHECK(result.ok);
  const Function normed = [](const Tensors& in) { return layer_norm(in[0], sum(in[0], 0), exp(mean(in[0], 0))); };
  CHECK(gradcheck(normed, {randn({3, 4}, generator, DType::f64)}, {.order = 2}));
}

TEST_CASE("autograd: gradients of intermediate values") {
  const Tensor x = leaf({1, 2, 3}), y = x * x, loss = sum(exp(y) * x);
  const Tensors gradients = grad(loss, {y, x, loss});
  CHECK(gradients[0].at({1}) == Catch::Approx(2 * std::exp(4)));
  CHECK(gradients[1].at({1}) == Catch::Approx(std::exp(4) * (1 + 2 * 4)));
  CHECK(gradients[2].item() == 1);
}

TEST_CASE("autograd: a view of a leaf passes its gradient on") {
  const Tensor x = leaf({1, 2, 3, 4});
  backward(sum(slice(x, 0, 1, 4, 2) * select(x, 0, 0)));
  CHECK(x.grad().values() == std::vector<double>{6, 1, 0, 1});
}

TEST_CASE("autograd: a slice of the largest step, to second order") {
  const Tensor x = leaf({1, 2, 3}), y = slice(x, 0, 1, 3, std::numeric_limits<Index>::max());
  const Tensor g = grad(sum(y * y * y), {x}, true)[0];
  CHECK(g.values() == std::vector<double>{0, 12, 0});
  CHECK(grad(sum(g), {x})[0].values() == std::vector<double>{0, 12, 0});
}

TEST_CASE("autograd: what y does not depend on has gradient 0") {
  const Tensor x = leaf({1, 2}), unrelated = leaf({3, 4, 5}), later = exp(x);
  const Tensors gradients = grad(sum(x), {unrelated, later, x});
  CHECK(gradients[0].values() == std::vector<double>{0, 0, 0});
  CHECK(gradients[1].values() == std::vector<double>{0, 0});
  CHECK(gradients[2].values() == std::vector<double>{1, 1});
}

TEST_CASE("autograd: backward adds up in the leaves, grad leaves them alone") {
  const Tensor x = leaf(2), y = leaf(3);
  CHECK_FALSE(x.grad().defined());
  grad(x * y, {x});
  CHECK_FALSE(x.grad().defined());
  backward(x * y);
  backward(x * x);
  CHECK(x.grad().item() == 3 + 4);
  CHECK(y.grad().item() == 2);
  CHECK_FALSE(x.grad().requires_grad());
  const Tensor copy = x;  // another handle of the same leaf
  copy.zero_grad();
  CHECK_FALSE(x.grad().defined());
  CHECK(y.grad().item() == 2);
}

TEST_CASE("autograd: a leaf's gradient may be written, and nothing else changes") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4}), c = leaf({5, 6});
  backward(sum((a + b) * c));  // one gradient, 5 and 6, flows to a and b
  for (const Tensor& each : {a, b}) {
    const Tensor g = each.grad();
    for (Index i = 0; i < 2; ++i) g.mutable_data<double>()[i] /= 2;
  }
  CHECK(a.grad().values() == std::vector<double>{2.5, 3});
  CHECK(b.grad().values() == std::vector<double>{2.5, 3});

  const Tensor x = leaf({1, 2, 3, 4});
  backward(sum(x));  // one number, seen at all positions
  CHECK(std::vector<double>(x.grad().data<double>(), x.grad().data<double>() + 4) == std::vector<double>{1, 1, 1, 1});
  const Tensor before = x.grad();
  backward(sum(x * x));
  CHECK(x.grad().values() == std::vector<double>{3, 5, 7, 9});
  CHECK(before.values() == std::vector<double>{1, 1, 1, 1});

  const Tensor kept = tensor({7, 8}, DType::f64), y = leaf({1, 2});  // a rule that returns what someone else holds
  backward(sum(record("kept", y.detach(), {{y, [kept](const Tensor&) { return kept; }}})));
  y.grad().mutable_data<double>()[0] = 0;
  CHECK(kept.values() == std::vector<double>{7, 8});

  const Tensor cotangent = tensor({7, 8}, DType::f64), same = grad(y, {y}, false, cotangent)[0];
  same.mutable_data<double>()[0] = 0;
  CHECK(cotangent.values() == std::vector<double>{7, 8});
}

TEST_CASE("autograd: threads add to the same leaves, and no gradient is lost") {
  const Tensor w = leaf({1, 2, 3}), b = leaf(0);
  constexpr int threads = 4, rounds = 200;
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (int i = 0; i < rounds; ++i)
        backward(sum(w * double(t + 1)) + sum(b));  // small whole numbers: any order is exact
    });
  for (std::thread& each : all) each.join();
  const double sum_of_factors = rounds * (1 + 2 + 3 + 4);
  CHECK(w.grad().values() == std::vector<double>(3, sum_of_factors));
  CHECK(b.grad().item() == rounds * threads);
}

TEST_CASE("autograd: grad may walk one graph again, backward releases it") {
  const Tensor x = leaf(2), y = exp(x), z = y * x;
  const double first = slope(z, x);
  CHECK(slope(z, x) == first);
  backward(z);
  CHECK(x.grad().item() == first);
  CHECK(error_of([&] { backward(z); }) == "mul: its history was released by backward(); grad() would have kept it");
  CHECK(error_of([&] { backward(y + 1); }) == "exp: its history was released by backward(); grad() would have kept it");
  CHECK(x.grad().item() == first);
}

TEST_CASE("autograd: the cotangent") {
  const Tensor x = leaf({1, 2, 3}), y = x * x;
  CHECK(grad(y, {x})[0].values() == std::vector<double>{2, 4, 6});
  CHECK(grad(y, {x}, false, tensor({1, 0, -1}, DType::f64))[0].values() == std::vector<double>{2, 0, -6});
  Tensor c = leaf({1, 1, 1});  // the gradient of the gradient towards the cotangent
  const Tensor g = grad(y, {x}, true, c)[0];
  CHECK(grad(sum(g), {c})[0].values() == std::vector<double>{2, 4, 6});
}

TEST_CASE("autograd: recording off") {
  const Tensor x = leaf(2);
  {
    const NoGrad off;
    CHECK_FALSE(recording());
    CHECK_FALSE((x * x).requires_grad());
    {
      const Recording on(true);
      CHECK((x * x).requires_grad());
    }
    CHECK_FALSE(recording());
    CHECK_FALSE(softmax(reshape(x, {1})).requires_grad());
    CHECK(slope(
              [&] {
                const Recording on(true);
                return x * x;
              }(),
              x) == 4);  // grad works inside
  }
  CHECK(recording());
  try {
    const NoGrad off;
    fail("out of the scope");
  } catch (const Error&) {}
  CHECK(recording());
  CHECK_FALSE(grad(x * x, {x})[0].requires_grad());
  CHECK(grad(x * x, {x}, true)[0].requires_grad());
}

TEST_CASE("autograd: detach") {
  const Tensor x = leaf(3), y = x * x;
  CHECK_FALSE(y.detach().requires_grad());
  CHECK(y.detach().storage() == y.storage());
  CHECK(slope(y.detach() * x, x) == 9);
}

TEST_CASE("autograd: require_grad twice is once, and never cuts a history") {
  Tensor x = leaf(2);
  backward(x * x);
  const Tensor same = x.require_grad();
  CHECK(same.grad().item() == 4);
  Tensor y = x * x;
  CHECK(error_of([&] { y.require_grad(); }) == "require_grad: the tensor is the result of mul; detach() it first");
}

TEST_CASE("autograd: an op without a rule throws where a gradient is wanted, and there only") {
  const auto rounded = [](const Tensor& x) { return record("round", x.detach(), {Input(x)}); };
  const Tensor x = leaf({1, 2}), constant = ones({2}, DType::f64);
  CHECK(rounded(constant).size() == 2);
  CHECK(error_of([&] { rounded(x); }) == "round: input 0 wants a gradient, and the op has no rule for it");
  CHECK(error_of([&] { where(x, constant, constant); }) ==
        "where: input 0 wants a gradient, and the op has no rule for it");
  const NoGrad off;
  CHECK(rounded(x).size() == 2);
}

TEST_CASE("autograd: a rule may say that no gradient flows") {
  const Tensor x = leaf(2), y = record("stop", x.detach(), {{x, [](const Tensor&) { return Tensor(); }}});
  CHECK(slope(y, x) == 0);
  CHECK(slope(y * x, x) == 2);
}

TEST_CASE("autograd: errors of grad and backward") {
  const Tensor x = leaf({1, 2}), constant = ones({2}, DType::f64);
  CHECK(error_of([&] { grad(constant, {x}); }) ==
        "grad: the (2) tensor has no history: nothing it was made of requires a gradient");
  CHECK(error_of([&] { grad(x * x, {x, constant}); }) == "grad: input 1 of shape (2) does not require a gradient");
  CHECK(error_of([&] { grad(x * x, {x}, false, ones({3}, DType::f64)); }) ==
        "grad: the cotangent is f64 (3), and f64 (2) is needed");
  CHECK(error_of([&] { grad(x * x, {x}, false, ones({2})); }) ==
        "grad: the cotangent is f32 (2), and f64 (2) is needed");
  CHECK(error_of([&] { backward(constant); }) ==
        "backward: the (2) tensor has no history: nothing it was made of requires a gradient");
  CHECK(error_of([&] { backward(x * x); }) ==
        "backward: the tensor has shape (2), and one value is needed; sum it, or use grad()");
}

TEST_CASE("autograd: ties share the gradient") {
  const Tensor x = leaf({1, 5, 5, 2}), y = leaf({1, 4, 6, 2});
  CHECK(grad(max(x), {x})[0].values() == std::vector<double>{0, 0.5, 0.5, 0});
  CHECK(grad(maximum(x, y), {x})[0].values() == std::vector<double>{0.5, 1, 0, 0.5});
  CHECK(grad(maximum(x, y), {y})[0].values() == std::vector<double>{0.5, 0, 1, 0.5});
  CHECK(grad(minimum(x, y), {x})[0].values() == std::vector<double>{0.5, 0, 1, 0.5});
  CHECK(grad(relu(x - 5), {x})[0].values() == std::vector<double>{0, 0, 0, 0});
  CHECK(grad(abs(x - 5), {x})[0].values() == std::vector<double>{-1, 0, 0, -1});
  CHECK(grad(clamp(x, 2, 5), {x})[0].values() == std::vector<double>{0, 1, 1, 1});
}
