// The generator: known answers, distributions, and independence of streams and threads.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "engine/engine.h"
#include "engine/ops/composed.h"
#include "tests/catch.h"
#include "tests/error_of.h"

using namespace latent;
using namespace latent::test;

namespace {

using Four = std::array<std::uint32_t, 4>;

// Philox4x32-10 as in Salmon et al. 2011, with the whole counter and key.
Four philox(Four counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t(0xD2511F53) * counter[0], second = std::uint64_t(0xCD9E8D57) * counter[2];
    counter = {std::uint32_t(second >> 32) ^ counter[1] ^ key[0], std::uint32_t(second),
               std::uint32_t(first >> 32) ^ counter[3] ^ key[1], std::uint32_t(first)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

struct Moments {
  double mean, variance, skew, kurtosis;
};

Moments moments(const std::vector<double>& x) {
  const double n = double(x.size()), mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double two = 0, three = 0, four = 0;
  for (double value : x) {
    const double d = value - mean;
    two += d * d / n, three += d * d * d / n, four += d * d * d * d / n;
  }
  return {mean, two, three / std::pow(two, 1.5), four / (two * two)};
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const Moments a = moments(x), b = moments(y);
  double total = 0;
  for (size_t i = 0; i < x.size(); ++i) total += (x[i] - a.mean) * (y[i] - b.mean);
  return total / double(x.size()) / std::sqrt(a.variance * b.variance);
}

// How far the counts are from even ones, in deviations of the chi-squared distribution.
double unevenness(const std::vector<int>& counts) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0), even = total / double(counts.size());
  double chi = 0;
  for (int count : counts) chi += (count - even) * (count - even) / even;
  const double freedom = double(counts.size()) - 1;
  return (chi - freedom) / std::sqrt(2 * freedom);
}

}  // namespace

TEST_CASE("random: known answers of Philox4x32-10") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) == Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  CHECK(Generator::bits_at(0, 0) == 0xe169c58d6627e8d5);
  for (const std::uint64_t seed : {0ull, 1ull, 0x0123456789abcdefull, ~0ull})
    for (const std::uint64_t counter : {0ull, 1ull, 0xfedcba9876543210ull, ~0ull}) {
      const Four x = philox({std::uint32_t(counter), std::uint32_t(counter >> 32), 0, 0},
                            {std::uint32_t(seed), std::uint32_t(seed >> 32)});
      CHECK(Generator::bits_at(seed, counter) == (x[0] | std::uint64_t(x[1]) << 32));
    }
}

TEST_CASE("random: seed and counter are the whole state") {
  Generator a(7);
  for (int i = 0; i < 10; ++i) a.normal();
  randn({5}, a);
  CHECK(a.counter() == 15);
  Generator b(a.seed(), a.counter());
  CHECK(rand({20}, a).values() == rand({20}, b).values());
  CHECK(a.bits() == b.bits());
}

TEST_CASE("random: a tensor is what its numbers are one by one") {
  Generator a(3), b(3);
  const std::vector<double> many = randn({10}, a, DType::f64).values();
  for (double each : many) CHECK(each == b.normal());
  const std::vector<double> uniform = rand({10}, a, DType::f64).values();
  for (double each : uniform) CHECK(each == b.uniform());
}

TEST_CASE("random: uniform numbers") {
  Generator generator(1);
  for (const DType dtype : {DType::f32, DType::f64}) {
    const std::vector<double> x = rand({200000}, generator, dtype).values();
    CHECK(*std::min_element(x.begin(), x.end()) >= 0);
    CHECK(*std::max_element(x.begin(), x.end()) < 1);
    CHECK(moments(x).mean == Catch::Approx(0.5).margin(0.003));
    CHECK(moments(x).variance == Catch::Approx(1 / 12.0).margin(0.001));
    std::vector<int> counts(100);
    for (double value : x) ++counts[size_t(value * 100)];
    CHECK(std::abs(unevenness(counts)) < 4);
    CHECK(std::abs(correlation({x.begin(), x.end() - 1}, {x.begin() + 1, x.end()})) < 0.01);
  }
  for (int i = 0; i < 1000; ++i) {
    const double x = generator.uniform(-3, 2);
    CHECK((x >= -3 && x <= 2));
  }
}

TEST_CASE("random: normal numbers") {
  Generator generator(2);
  const std::vector<double> x = randn({400000}, generator, DType::f64).values();
  const Moments m = moments(x);
  CHECK(m.mean == Catch::Approx(0).margin(0.006));
  CHECK(m.variance == Catch::Approx(1).margin(0.01));
  CHECK(m.skew == Catch::Approx(0).margin(0.02));
  CHECK(m.kurtosis == Catch::Approx(3).margin(0.05));
  for (const double bound : {1.0, 2.0, 3.0}) {
    const auto inside = std::count_if(x.begin(), x.end(), [&](double value) { return std::abs(value) < bound; });
    CHECK(double(inside) / 400000 == Catch::Approx(std::erf(bound / std::sqrt(2))).margin(0.003));
  }
  CHECK(std::abs(correlation({x.begin(), x.end() - 1}, {x.begin() + 1, x.end()})) < 0.01);
}

TEST_CASE("random: truncated normal numbers stay inside and keep their form") {
  Generator generator(3);
  for (const double bound : {0.1, 1.0, 2.0}) {
    const std::vector<double> x = trunc_normal({50000}, 0.02, generator, DType::f64, bound).values();
    CHECK(std::all_of(x.begin(), x.end(), [&](double value) { return std::abs(value) <= 0.02 * bound; }));
    CHECK(moments(x).mean == Catch::Approx(0).margin(0.0005));
    const double phi = std::exp(-bound * bound / 2) / std::sqrt(2 * std::acos(-1)),
                 inside = std::erf(bound / std::sqrt(2));
    CHECK(moments(x).variance == Catch::Approx(0.0004 * (1 - 2 * bound * phi / inside)).epsilon(0.03));
    CHECK(std::set<double>(x.begin(), x.end()).size() == x.size());  // redrawn, not clamped
  }
}

TEST_CASE("random: numbers below n are even and whole") {
  Generator generator(4);
  for (const Index n : {1, 2, 3, 7, 100}) {
    std::vector<int> counts(static_cast<size_t>(n));
    for (int i = 0; i < 100000; ++i) ++counts[size_t(generator.below(n))];
    CHECK((n == 1 || std::abs(unevenness(counts)) < 4));
  }
  const Index most = std::numeric_limits<Index>::max();  // without rejection the lower half would be favoured
  int high = 0;
  for (int i = 0; i < 10000; ++i) high += generator.below(most / 4 * 3) >= most / 8 * 3;
  CHECK(high == Catch::Approx(5000).margin(250));
}

TEST_CASE("random: integers in a range") {
  Generator generator(5);
  const Tensor x = randint(-3, 4, {70000}, generator);
  CHECK(x.dtype() == DType::i64);
  std::vector<int> counts(7);
  for (double value : x.values()) ++counts.at(size_t(value + 3));
  CHECK(std::abs(unevenness(counts)) < 4);
}

TEST_CASE("random: permutations are whole and favour no place") {
  Generator generator(6);
  std::vector<std::vector<int>> at(5, std::vector<int>(5));
  for (int trial = 0; trial < 20000; ++trial) {
    const std::vector<Index> order = permutation(5, generator);
    for (size_t i = 0; i < 5; ++i) ++at[i][size_t(order[i])];
    CHECK(std::set<Index>(order.begin(), order.end()).size() == 5);
  }
  for (const auto& counts : at) CHECK(std::abs(unevenness(counts)) < 4);
  CHECK(permutation(0, generator).empty());
  CHECK(permutation(1, generator) == std::vector<Index>{0});
}

TEST_CASE("random: streams are their own, and always the same") {
  const Generator parent(8);
  CHECK(parent.fold_in(3).bits_at(parent.fold_in(3).seed(), 0) ==
        Generator(8, 99).fold_in(3).bits());  // not of the counter
  std::set<std::uint64_t> firsts;
  for (std::uint64_t stream = 0; stream < 1000; ++stream) firsts.insert(parent.fold_in(stream).bits());
  for (std::uint64_t seed = 0; seed < 1000; ++seed) firsts.insert(Generator(seed).bits());
  CHECK(firsts.size() == 2000);
  Generator a = parent.fold_in(0), b = parent.fold_in(1), nested = a.fold_in(1);
  const std::vector<double> x = rand({50000}, a, DType::f64).values(), y = rand({50000}, b, DType::f64).values();
  CHECK(std::abs(correlation(x, y)) < 0.02);
  CHECK(std::abs(correlation(x, rand({50000}, nested, DType::f64).values())) < 0.02);
}

TEST_CASE("random: dropout keeps the mean, scales what it keeps, and has its gradient") {
  Generator generator(9);
  Tensor x = ones({100000}, DType::f64).require_grad();
  const Tensor y = dropout(x, 0.25, generator);
  CHECK(mean(y).item() == Catch::Approx(1).margin(0.01));
  for (const double value : y.values()) CHECK((value == 0 || value == Catch::Approx(1 / 0.75)));
  CHECK(grad(y, {x})[0].values() == y.values());
  Generator same(9);
  const Tensor composed = composed::dropout(x, 0.25, same);
  CHECK(y.values() == composed.values());
  CHECK(grad(y, {x})[0].values() == grad(composed, {x})[0].values());
  CHECK(same.counter() == generator.counter());
  CHECK(dropout(x, 0, generator).storage() == x.storage());
  CHECK(dropout(x, 0.25, generator).values() != y.values());
}

TEST_CASE("random: dropout of a sample follows from its number, not from the other samples") {
  const auto dropped = [](const Tensor& x, Index first) {
    Generator generator(9, 100);
    const Tensor y = dropout(x, 0.5, generator, first);
    CHECK(generator.counter() == 100 + 15000);
    Generator same(9, 100);
    CHECK(composed::dropout(x, 0.5, same, first).values() == y.values());
    CHECK(same.counter() == generator.counter());
    return y.values();
  };
  const Tensor x = ones({6, 3, 5000});
  const std::vector<double> whole = dropped(x, 2);
  for (const Index begin : {0, 1, 4}) {
    const std::vector<double> part = dropped(slice(x, 0, begin, 6), 2 + begin);
    CHECK(std::equal(part.begin(), part.end(), whole.begin() + begin * 15000));
  }
  CHECK(!std::equal(whole.begin(), whole.begin() + 15000, whole.begin() + 15000));
  CHECK(dropped(x, 3) != whole);
  Generator generator(9);
  CHECK(dropout(scalar(0), 0.5, generator).item() == 0);
  CHECK(generator.counter() == 1);
}
