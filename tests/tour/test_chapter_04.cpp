#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

namespace {

std::vector<float> numbers(Index size, std::uint64_t seed) {
  Generator generator(seed);
  std::vector<float> all;
  for (const double value : randn({size}, generator).values()) all.push_back(float(value));
  return all;
}

// f on `count` threads
template <class F> auto with_threads(int count, F f) {
  struct Back {
    int before = threads();
    ~Back() { set_threads(before); }
  } back;
  set_threads(count);
  return f();
}

}  // namespace

TEST_CASE("4.1 every number gets its share") {
  const std::vector<float> x = numbers(10007, 1), y = numbers(10007, 2);
  std::vector<float> sum = y;
  with_threads(4, [&] {
    tour::add_scaled(2.5f, x.data(), sum.data(), Index(x.size()));
    return 0;
  });
  for (std::size_t i = 0; i < x.size(); i += 97) CHECK(sum[i] == Catch::Approx(y[i] + 2.5f * x[i]));
}

TEST_CASE("4.2 a dot product has the same bits for any number of threads") {
  const std::vector<float> a = numbers(100003, 1), b = numbers(100003, 2);
  double exact = 0;
  for (std::size_t i = 0; i < a.size(); ++i) exact += double(a[i]) * b[i];
  const auto by = [&](int count) {
    return with_threads(count, [&] { return tour::dot(a.data(), b.data(), Index(a.size())); });
  };
  CHECK(by(1) == Catch::Approx(exact).epsilon(1e-3).margin(0.05));
  for (const int count : {2, 3, 8}) CHECK(by(count) == by(1));
  CHECK(tour::dot(a.data(), b.data(), 0) == 0);
}

TEST_CASE("4.3 a product of matrices of odd sizes") {
  Generator generator(1);
  for (const auto& [m, n, k] : {std::tuple<Index, Index, Index>{37, 29, 71}, {64, 64, 64}, {1, 5, 3}, {130, 7, 1}}) {
    const Tensor a = randn({m, k}, generator), b = randn({k, n}, generator), c = Tensor::empty({m, n});
    tour::multiply(a.data<float>(), b.data<float>(), c.mutable_data<float>(), m, n, k);
    CHECK(max(abs(c - matmul(a, b))).item() < 1e-4);
  }
}
