#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("2.1 a slope is measured") {
  CHECK(tour::numeric_slope([](double x) { return std::sin(x); }, 1) == Catch::Approx(std::cos(1)).epsilon(1e-8));
  CHECK(tour::numeric_slope([](double x) { return x * x * x; }, -2) == Catch::Approx(12).epsilon(1e-7));
}

TEST_CASE("2.2 the cube has a rule of its own") {
  Tensor x = tensor({-1, 0.5, 2}, DType::f64);
  x.require_grad();
  const Tensor y = tour::cube(x);
  CHECK(y.values() == std::vector<double>{-1, 0.125, 8});
  REQUIRE(y.node());
  CHECK(y.node()->parents.size() == 1);
  CHECK(y.node()->parents[0].node == x.node());  // one node: not made of other operations
  CHECK(gradcheck([](const Tensors& in) { return tour::cube(in[0]); }, {x}, {.order = 2}));
  x.copy_from(zeros({3}, DType::f64));  // so a gradient at the old values cannot be had any more
  CHECK_THROWS_AS(grad(sum(y), {x}), Error);
}

TEST_CASE("2.3 sums that go on have gradients that come back") {
  Tensor x = tensor({1, 2, 3, 4}, DType::f64);
  CHECK(tour::cumulative_sum(x).values() == std::vector<double>{1, 3, 6, 10});
  x.require_grad();
  CHECK(grad(sum(tour::cumulative_sum(x)), {x})[0].values() == std::vector<double>{4, 3, 2, 1});
  const auto squared = [](const Tensors& in) {
    const Tensor y = tour::cumulative_sum(in[0]);
    return y * y;
  };
  CHECK(gradcheck(squared, {x}, {.order = 2}));
}
