#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("3.1 Newton's step goes to the floor of the parabola") {
  CHECK(tour::newton_step([](const Tensor& x) { return (x - 3) * (x - 3) + 1; }, 10) == Catch::Approx(3));
  CHECK(tour::newton_step([](const Tensor& x) { return exp(x) - 2 * x; }, 0) == Catch::Approx(1));
}

TEST_CASE("3.2 the Hessian is symmetric and right") {
  const auto f = [](const Tensor& x) { return sum(x * x * x) + select(x, 0, 0) * select(x, 0, 2); };
  CHECK(tour::hessian(f, tensor({1, 2, 3}, DType::f64)).values() == std::vector<double>{6, 0, 1, 0, 12, 0, 1, 0, 18});
}

TEST_CASE("3.3 a minimum in many directions at once") {
  Generator generator(1);
  const Tensor a = randn({20, 8}, generator, DType::f64), b = randn({20}, generator, DType::f64);
  const auto f = [&](const Tensor& x) {
    return mean(softplus(matmul(a, x))) + 0.1 * sum(x * x) + mean(b * matmul(a, x));
  };
  Tensor x = tour::minimize(f, zeros({8}, DType::f64));
  x.require_grad();
  CHECK(max(abs(grad(f(x), {x})[0])).item() < 1e-9);
}
