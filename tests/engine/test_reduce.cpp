// Reductions over every subset of axes, and over axes so long that they are cut into pieces.
#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/engine/naive.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

struct Reduction {
  const char* name;
  Tensor (*op)(const Tensor&, const Axes&, bool);
  double (*naive)(const naive::Line&);
};

const Reduction reductions[] = {
    {"sum", sum, naive::sum},
    {"mean", mean, naive::mean},
    {"var", [](const Tensor& x, const Axes& axes, bool keepdim) { return var(x, axes, keepdim, 0); }, naive::deviation},
    {"max", max, naive::largest},
    {"min", min, naive::smallest},
    {"logsumexp", logsumexp, naive::log_sum_exp}};

Tensor random(const Shape& shape, DType dtype) {
  Generator generator(1);
  return cast(randn(shape, generator), dtype);
}

// The axes whose bits are set
Shape subset(Index bits) {
  Shape axes;
  for (Index axis = 0; bits >> axis; ++axis)
    if (bits >> axis & 1) axes.push_back(axis);
  return axes;
}

}  // namespace

TEST_CASE("reduce: every subset of axes, in every layout, at every level") {
  for (const Shape& shape : {Shape{2, 3, 5, 7}, {3, 1, 18, 2}, {1, 17, 1, 33}, {}, {1}})
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor x = random(shape, dtype);
      for (Index bits = 0; bits < (1 << shape.rank()); ++bits)
        for (const Reduction& reduction : reductions)
          for (const bool keepdim : {false, true}) {
            INFO(reduction.name << " of " << to_string(shape) << " over " << to_string(subset(bits)));
            const Tensor expected = naive::reduce(x, subset(bits), keepdim, reduction.naive);
            for_each_level([&](const std::string&) {
              for (const Layout& layout : layouts())
                CHECK(difference(reduction.op(layout.apply(x), subset(bits), keepdim), expected,
                                 dtype == DType::f32 ? 1e-6 : 1e-14) == "");
            });
          }
    }
}

TEST_CASE("reduce: axes longer than the pieces that are summed at once") {
  for (const Shape& shape :
       {Shape{2, 4097}, {4096, 2}, {3, 20001}, {20001, 3}, {9, 513, 17}, {66000, 1}, {5, 16385}, {70, 300, 2}})
    for (Index bits = 1; bits < (1 << shape.rank()); ++bits)
      for (const DType dtype : {DType::f32, DType::f64}) {
        const Tensor x = random(shape, dtype) + 1;
        for (const Reduction& reduction : {reductions[0], reductions[1], reductions[3], reductions[4]}) {
          INFO(reduction.name << " of " << to_string(shape) << " over " << to_string(subset(bits)) << " "
                              << to_string(dtype));
          const Tensor expected = naive::reduce(x, subset(bits), false, reduction.naive);
          const double largest = reduction.name == reductions[0].name ? double(x.size()) : 1;
          CHECK(difference(reduction.op(x, subset(bits), false), expected,
                           (dtype == DType::f32 ? 2e-6 : 1e-14) * std::sqrt(largest)) == "");
        }
      }
}

TEST_CASE("reduce: a long sum in f32 keeps its digits") {
  for_each_level([](const std::string&) {
    CHECK(sum(full({1 << 22}, 0.1)).item() == Catch::Approx(0.1 * (1 << 22)).epsilon(1e-5));
    CHECK(sum(full({1 << 20, 3}, 0.1), 0).at({1}) == Catch::Approx(0.1 * (1 << 20)).epsilon(1e-5));
  });
}

TEST_CASE("reduce: the mean of ones is 1 for any number of them") {
  for (Index n = 1; n <= 200; ++n)
    for (const DType dtype : {DType::f32, DType::f64}) REQUIRE(mean(ones({n}, dtype)).item() == 1);
}

TEST_CASE("reduce: axes may be named from either end, in any order") {
  const Tensor x = random({2, 3, 4}, DType::f64);
  CHECK(sum(x, {-1, 0}).values() == sum(x, {0, 2}).values());
  CHECK(sum(x, {2, 0}).values() == sum(x, {0, 2}).values());
  CHECK(sum(x, Shape{}).values() == x.values());
}

TEST_CASE("reduce: without values") {
  const Tensor x = zeros({2, 0, 3}, DType::f64);
  CHECK(sum(x).item() == 0);
  CHECK(sum(x, 1).values() == std::vector<double>(6, 0));
  CHECK(sum(x, 0).shape() == Shape{0, 3});
  CHECK(std::isnan(mean(x).item()));
  CHECK(std::isnan(var(x).item()));
  CHECK(std::isnan(var(ones({1})).item()));
  CHECK(logsumexp(x, 1).at({0, 0}) == -std::numeric_limits<double>::infinity());
  CHECK(max(x, {0, 2}).shape() == Shape{0});
  CHECK(argmax(x, 0).shape() == Shape{0, 3});
}

TEST_CASE("reduce: argmax takes the first of equals, along any axis, in any type") {
  const Tensor x = tensor({3, 1, 3, 1, 7, 7}, {2, 3});
  for (const DType dtype : {DType::f32, DType::f64, DType::i64}) {
    CHECK(argmax(cast(x, dtype)).values() == std::vector<double>{0, 1});
    CHECK(argmax(cast(x, dtype), 0).values() == std::vector<double>{0, 1, 1});
    CHECK(argmax(transpose(cast(x, dtype)), 0, true).shape() == Shape{1, 2});
  }
  CHECK(argmax(tensor({1, NAN, 5, NAN})).item() == 1);
}

TEST_CASE("reduce: the variance of numbers far from 0") {
  const Tensor x = random({1000}, DType::f64);
  CHECK(var(x + 1e6).item() == Catch::Approx(var(x).item()).epsilon(1e-8));
}
