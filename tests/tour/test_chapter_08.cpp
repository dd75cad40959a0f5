#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("8.1 what a cache takes") {
  CHECK(tour::cache_bytes(60, 1, 576) == 138240);
  CHECK(tour::cache_bytes(4, 1024, 256) == 4194304);
}

TEST_CASE("8.2 token by token is the whole") {
  Generator generator(1);
  const auto random = [&] { return randn({6, 4}, generator, DType::f64); };
  const Tensor q = random(), k = random(), v = random();
  const auto headed = [](const Tensor& x) { return reshape(x, {1, 1, 6, 4}); };
  const Tensor whole = reshape(attention(headed(q), headed(k), headed(v), {.causal = true}), {6, 4});
  Tensors cache;
  for (Index t = 0; t < 6; ++t) {
    const auto row = [&](const Tensor& x) { return slice(x, 0, t, t + 1); };
    const Tensor next = tour::next_attention(row(q), row(k), row(v), cache);
    CHECK(max(abs(next - row(whole))).item() < 1e-12);
    REQUIRE(cache.size() == 2);
    CHECK(cache[0].shape() == Shape{t + 1, 4});
  }
}

TEST_CASE("8.3 the nearest matrix of rank one") {
  Generator generator(1);
  const Tensor u = randn({7}, generator, DType::f64), v = randn({5}, generator, DType::f64);
  const Tensor outer = unsqueeze(u, 1) * unsqueeze(v, 0);
  const auto distance = [](const Tensor& matrix, const std::pair<Tensor, Tensor>& of) {
    const Tensor rest = matrix - unsqueeze(of.first, 1) * unsqueeze(of.second, 0);
    return sum(rest * rest).item();
  };
  CHECK(distance(outer, tour::rank_one(outer)) < 1e-20);
  const Tensor noisy = outer + 0.1 * randn({7, 5}, generator, DType::f64);
  const auto best = tour::rank_one(noisy);
  CHECK(distance(noisy, best) < distance(noisy, {u, v}));
  // No small change makes it better.
  for (int i = 0; i < 10; ++i) {
    const std::pair<Tensor, Tensor> near = {best.first + 1e-3 * randn({7}, generator, DType::f64),
                                            best.second + 1e-3 * randn({5}, generator, DType::f64)};
    CHECK(distance(noisy, best) <= distance(noisy, near));
  }
}
