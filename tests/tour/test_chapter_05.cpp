#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("5.1 the future is hidden") {
  Generator generator(1);
  const Tensor weights = softmax(tour::hide_future(randn({2, 5, 5}, generator, DType::f64)));
  CHECK(all_finite(weights));
  for (Index query = 0; query < 5; ++query)
    for (Index key = 0; key < 5; ++key) CHECK((weights.at({1, query, key}) > 0) == (key <= query));
  CHECK(weights.at({0, 0, 0}) == 1);
}

TEST_CASE("5.2 the entropy of weights") {
  const Tensor weights = tensor({1, 0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 0, 0}, {3, 4}, DType::f64);
  const std::vector<double> bits = tour::entropy(weights).values();
  CHECK(bits[0] == Catch::Approx(0).margin(1e-12));
  CHECK(bits[1] == Catch::Approx(2));
  CHECK(bits[2] == Catch::Approx(1));
}

TEST_CASE("5.3 attention in one pass over the keys") {
  Generator generator(1);
  const Tensor q = randn({3, 4}, generator, DType::f64), k = 30 * randn({17, 4}, generator, DType::f64),
               v = randn({17, 5}, generator, DType::f64);
  const auto headed = [](const Tensor& x) { return reshape(x, {1, 1, x.size(0), x.size(1)}); };
  const Tensor whole = reshape(attention(headed(q), headed(k), headed(v)), {3, 5});
  for (const Index tile : {1, 4, 17, 100})
    CHECK(max(abs(tour::streamed_attention(q, k, v, tile) - whole)).item() < 1e-12);
}
