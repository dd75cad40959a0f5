#include "engine/random.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "engine/kernels/philox.h"
#include "engine/parallel.h"

namespace latent {

static std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter) {
  const kernels::Philox<1> drawn(key, &counter);
  const auto& x = drawn.words;
  return {x[0][0], x[1][0], x[2][0], x[3][0]};
}

// Each counter gives 128 random bits: two independent halves.
static std::uint64_t low_half(const std::array<std::uint32_t, 4>& x) { return x[0] | std::uint64_t(x[1]) << 32; }
static std::uint64_t high_half(const std::array<std::uint32_t, 4>& x) { return x[2] | std::uint64_t(x[3]) << 32; }

static double to_unit(std::uint64_t bits) { return double(bits >> 11) * 0x1p-53; }

// Box and Muller (1958); 1 - u keeps the logarithm finite.
static double normal_at(std::uint64_t seed, std::uint64_t counter) {
  const auto x = philox(seed, counter);
  return std::sqrt(-2 * std::log(1 - to_unit(low_half(x)))) * std::cos(2 * std::numbers::pi * to_unit(high_half(x)));
}

std::uint64_t Generator::bits_at(std::uint64_t seed, std::uint64_t counter) { return low_half(philox(seed, counter)); }

double Generator::uniform_at(std::uint64_t seed, std::uint64_t counter, DType dtype) {
  const std::uint64_t bits = bits_at(seed, counter);
  return dtype == DType::f32 ? double(bits >> 40) * 0x1p-24 : to_unit(bits);
}

std::uint64_t Generator::take(Index count) {
  const std::uint64_t first = counter_;
  counter_ += std::uint64_t(count);
  return first;
}
std::uint64_t Generator::bits() { return bits_at(seed_, take(1)); }
double Generator::uniform() { return to_unit(bits()); }
double Generator::normal() { return normal_at(seed_, take(1)); }

// Rejection sampling: values at or above the largest multiple of n are drawn again, so that no remainder is favoured.
Index Generator::below(Index n) {
  if (n < 1) fail("below: {}, and a number above 0 is needed", n);
  const std::uint64_t range = std::uint64_t(n), limit = ~0ull - (~0ull % range + 1) % range;
  for (;;)
    if (const std::uint64_t x = bits(); x <= limit) return Index(x % range);
}

Generator Generator::fold_in(std::uint64_t stream) const {
  const auto x = philox(seed_ ^ 0x5851F42D4C957F2Dull, stream);  // a key other than bits_at()'s, for other numbers
  return Generator(low_half(x) ^ high_half(x));
}

std::vector<Index> permutation(Index n, Generator& generator) {
  if (n < 0) fail("permutation: of {} numbers, and 0 or more are possible", n);
  std::vector<Index> order(count_of("permutation", n));
  for (Index i = 0; i < n; ++i) order[size_t(i)] = i;
  for (Index i = n; i > 1; --i) std::swap(order[size_t(i - 1)], order[size_t(generator.below(i))]);  // Fisher and Yates
  return order;
}

// Fills a new tensor in parallel: its value at i is f(seed, counter of i).
template <class F> static Tensor fill(const char* op, const Shape& shape, Generator& generator, DType dtype, F f) {
  const Tensor t = Tensor::empty(shape, dtype);
  with_float(op, dtype, [&](auto zero) {
    using T = decltype(zero);
    T* p = t.mutable_data<T>();
    const std::uint64_t seed = generator.seed(), first = generator.take(t.size());
    parallel_for(t.size(), 4096, [&](Index i, Index end) {
      for (; i < end; ++i) p[i] = T(f(seed, first + std::uint64_t(i)));
    });
  });
  return t;
}

Tensor rand(const Shape& shape, Generator& generator, DType dtype) {
  return fill("rand", shape, generator, dtype,
              [dtype](std::uint64_t seed, std::uint64_t i) { return Generator::uniform_at(seed, i, dtype); });
}

Tensor randn(const Shape& shape, Generator& generator, DType dtype) {
  return fill("randn", shape, generator, dtype, normal_at);
}

Tensor randint(Index low, Index high, const Shape& shape, Generator& generator) {
  if (low >= high) fail("randint: from {} to {} (not included) holds no number", low, high);
  if (std::uint64_t(high) - std::uint64_t(low) > std::uint64_t(std::numeric_limits<Index>::max()))
    fail("randint: from {} to {} holds more than 2^63 - 1 numbers", low, high);
  const Tensor t = Tensor::empty(shape, DType::i64);
  Index* p = t.mutable_data<Index>();
  for (Index i = 0, n = t.size(); i < n; ++i) p[i] = low + generator.below(high - low);
  return t;
}

Tensor trunc_normal(const Shape& shape, double std, Generator& generator, DType dtype, double bound) {
  if (!(bound > 0)) fail("trunc_normal: bound {}, and a number above 0 is needed", bound);
  return fill("trunc_normal", shape, generator, dtype, [=](std::uint64_t seed, std::uint64_t i) {
    double x = normal_at(seed, i);
    for (Generator more = Generator(seed).fold_in(i); std::abs(x) > bound;) x = more.normal();
    return std * x;
  });
}

}  // namespace latent
