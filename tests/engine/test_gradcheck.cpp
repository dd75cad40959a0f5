// The checker itself: it passes what is right, and finds a wrong rule at the order where it is wrong.
#include "engine/engine.h"
#include "tests/catch.h"

using namespace latent;

namespace {

Tensor random_tensor(const Shape& shape, std::uint64_t seed = 3) {
  Generator generator(seed);
  return randn(shape, generator, DType::f64);
}

bool begins_with(const std::string& text, const std::string& start) { return text.starts_with(start); }

// x^3, with the first derivative that it is given.
Tensor cube(const Tensor& x, std::function<Tensor(const Tensor& x)> slope) {
  return record("cube", (x * x * x).detach(), {{x, [x, slope](const Tensor& g) { return g * slope(x); }}});
}

// x^3 by "kernels" that are right, beside a composed definition that may not be.
Tensor fused_cube(const Tensor& x, Composed composed) {
  const auto gradients = [x = x.detach()](const Tensor& g, const Tensor&, const std::vector<bool>&) -> Tensors {
    return {g * 3 * x * x};
  };
  return record_fused("fused_cube", (x * x * x).detach(), {x}, gradients, std::move(composed));
}

}  // namespace

TEST_CASE("gradcheck: right gradients pass at every order") {
  const Function f = [](const Tensors& x) { return tanh(matmul(x[0], x[1])) * exp(x[2]); };
  const Tensors inputs = {random_tensor({3, 4}), random_tensor({4, 2}, 4), random_tensor({2}, 5)};
  for (int order = 1; order <= 3; ++order) {
    const GradcheckResult result = gradcheck(f, inputs, {.order = order});
    CAPTURE(order, result.where);
    CHECK(result.ok);
    CHECK(result.worst > 0);
    CHECK(result.worst < 1e-6);
  }
}

TEST_CASE("gradcheck: a wrong rule is found, and its place is named") {
  const Function wrong = [](const Tensors& x) { return cube(x[0], [](const Tensor& x) { return 2 * x * x; }) + x[1]; };
  const GradcheckResult result = gradcheck(wrong, {random_tensor({2, 3}), random_tensor({3})});
  CHECK_FALSE(result);
  CHECK(result.worst > 0.1);
  CHECK(begins_with(result.where, "order 1: input 0, element "));
}

TEST_CASE("gradcheck: one wrong element is found") {
  const Function wrong = [](const Tensors& x) {
    return cube(x[1], [](const Tensor& x) { return 3 * x * x + one_hot(tensor({4}, DType::i64), 6, DType::f64); });
  };
  const GradcheckResult result = gradcheck(wrong, {random_tensor({6}), random_tensor({6}, 4)});
  CHECK_FALSE(result);
  CHECK(begins_with(result.where, "order 1: input 1, element 4: analytic "));
}

TEST_CASE("gradcheck: a second derivative that is cut off is found at order 2") {
  const Function cut = [](const Tensors& x) {
    return cube(x[0], [](const Tensor& x) { return 3 * x.detach() * x.detach(); });
  };
  const Tensors inputs = {random_tensor({5})};
  CHECK(gradcheck(cut, inputs));
  const GradcheckResult result = gradcheck(cut, inputs, {.order = 2});
  CHECK_FALSE(result);
  CHECK(begins_with(result.where, "order 2: input 0"));
}

TEST_CASE("gradcheck: a fused op whose composed definition disagrees is found from order 2 on") {
  const Tensors inputs = {random_tensor({5})};
  const auto check = [&](int order, const Composed& composed) {
    return gradcheck([&](const Tensors& x) { return fused_cube(x[0], composed); }, inputs, {.order = order});
  };
  const Composed right = [](const Tensors& x) { return x[0] * x[0] * x[0]; };
  const Composed scaled = [](const Tensors& x) { return 0.5 * x[0] * x[0] * x[0]; };
  const Composed shifted = [](const Tensors& x) { return x[0] * x[0] * x[0] + x[0]; };  // the same second derivative
  CHECK(check(1, right));
  CHECK(check(3, right));
  CHECK(check(1, scaled));
  CHECK_FALSE(check(2, scaled));
  CHECK_FALSE(check(2, shifted));
}

TEST_CASE("gradcheck: inputs may be views of any strides, and stay as they are") {
  const Tensor base = random_tensor({4, 6});
  const std::vector<double> before = base.values();
  const Tensors views = {transpose(base), slice(base, 1, 1, 6, 2), broadcast_to(select(base, 1, 2), {3, 4}),
                         zeros({2, 0}, DType::f64), scalar(0.5, DType::f64)};
  for (const Tensor& view : views) {
    const Function f = [&](const Tensors& x) {
      CHECK(x[0].strides() == view.strides());
      return x[0] * x[0] * sum(x[0]);
    };
    const GradcheckResult result = gradcheck(f, {view}, {.order = 2});
    CAPTURE(view.shape(), result.where);
    CHECK(result.ok);
  }
  CHECK(base.values() == before);
}

TEST_CASE("gradcheck: an op that reads beside its view is found") {
  const Function f = [](const Tensors& x) {
    const Tensor beside = x[0].view({3}, {1});  // as if the input, which has stride 2, were contiguous
    return x[0] + beside;
  };
  CHECK_FALSE(gradcheck(f, {slice(random_tensor({6}), 0, 0, 6, 2)}));
}

TEST_CASE("gradcheck: the seed decides the directions") {
  const Function f = [](const Tensors& x) { return exp(x[0]); };
  const Tensors inputs = {random_tensor({4})};
  const auto where = [&](std::uint64_t seed) { return gradcheck(f, inputs, {.seed = seed}).where; };
  CHECK(where(1) == where(1));
  CHECK(where(1) != where(2));
}

TEST_CASE("gradcheck: f64 is needed") {
  try {
    gradcheck([](const Tensors& x) { return x[0]; }, {random_tensor({1}), ones({1})});
    FAIL("no Error");
  } catch (const Error& error) { CHECK(error.what() == std::string("gradcheck: input 1 is f32, and f64 is needed")); }
}
