// Sums over ten million values of one sign: in f32 right to 2e-6, whatever is summed and at every level.
#include <cmath>

#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

constexpr Index length = 10'000'000;

// Random numbers, whose roundings cancel in part, and a constant, whose roundings all go the same way.
std::vector<Tensor> rows() {
  Generator generator(3);
  return {rand({length}, generator), full({length}, 0.1), full({length}, 1.0 / 3)};
}

double exact_sum(
    const Tensor& x, double (*f)(double) = [](double value) { return value; }) {
  const float* values = x.data<float>();
  double sum = 0;
  for (Index i = 0; i < x.size(); ++i) sum += f(values[i]);
  return sum;
}

double error(const Tensor& y, double exact) { return std::abs(y.item() / exact - 1); }

}  // namespace

TEST_CASE("long sums: over rows, over columns, by products and by scattering", "[slow]") {
  for (const Tensor& x : rows()) {
    const double total = exact_sum(x), squares = exact_sum(x, [](double value) { return value * value; });
    const Tensor column = reshape(x, {length, 1}), zero = zeros({length}, DType::i64);
    for_each_level([&](const std::string& level) {
      INFO(level << ", values such as " << x.at({0}));
      CHECK(error(sum(x), total) < 2e-6);
      CHECK(error(mean(x), total / double(length)) < 2e-6);
      CHECK(error(sum(broadcast_to(column, {length, 2}), 0).view({1}, {1}), total) < 2e-6);
      CHECK(error(matmul(x, x), squares) < 2e-6);
      CHECK(error(linear(reshape(x, {1, length}), reshape(x, {1, length})), squares) < 2e-6);
    });
    CHECK(error(index_add({1}, 0, zero, x), total) < 2e-6);
    CHECK(error(scatter_add({1}, 0, zero, x), total) < 2e-6);
  }
}

TEST_CASE("long sums: softmax, cross-entropy and norms of one row", "[slow]") {
  for (const Tensor& x : rows()) {
    const double exponentials = exact_sum(x, [](double value) { return std::exp(value); });
    const double average = exact_sum(x) / double(length), first = x.at({0});
    const double squares = exact_sum(x, [](double value) { return value * value; }) / double(length);
    const Tensor row = reshape(x, {1, length}), label = zeros({1}, DType::i64);
    for_each_level([&](const std::string& level) {
      INFO(level << ", values such as " << first);
      const auto at_0 = [](const Tensor& y) { return reshape(slice(y, -1, 0, 1), {1}); };
      CHECK(error(at_0(softmax(row)), std::exp(first) / exponentials) < 2e-6);
      CHECK(error(at_0(log_softmax(row)), first - std::log(exponentials)) < 2e-6);
      CHECK(error(cross_entropy(row, label), std::log(exponentials) - first) < 2e-6);
      CHECK(error(logsumexp(row, 1), std::log(exponentials)) < 2e-6);
      CHECK(error(at_0(rms_norm(row)), first / std::sqrt(squares + 1e-6)) < 2e-6);
      if (const double variance = squares - average * average; variance > 1e-3) {
        CHECK(error(var(x), variance * double(length) / double(length - 1)) < 2e-6);
        CHECK(std::abs(at_0(layer_norm(row)).item() - (first - average) / std::sqrt(variance + 1e-5)) < 4e-6);
      }
    });
  }
}

TEST_CASE("long sums: attention over many keys, by one query and by several", "[slow]") {
  for (const Tensor& x : rows()) {
    const double average = exact_sum(x) / double(length);
    const Tensor keys = zeros({1, 1, length, 1}), values = reshape(x, {1, 1, length, 1});
    for_each_level([&](const std::string& level) {
      INFO(level << ", values such as " << x.at({0}));
      for (const Index N : {1, 5}) CHECK(error(mean(attention(zeros({1, 1, N, 1}), keys, values)), average) < 2e-6);
    });
  }
}

TEST_CASE("long sums: their gradients", "[slow]") {
  for (const Tensor& x : rows()) {
    const double total = exact_sum(x), squares = exact_sum(x, [](double value) { return value * value; });
    for_each_level([&](const std::string& level) {
      INFO(level << ", values such as " << x.at({0}));
      Tensor one = ones({1}).require_grad(), bias = zeros({1}).require_grad();
      // the bias of every row, a weight that all rows meet, and a value that is repeated
      const Tensor rows = reshape(x, {length, 1});
      const Tensors by_linear = grad(sum(linear(rows, reshape(one, {1, 1}), bias) * rows), {one, bias});
      CHECK(error(by_linear[0], squares) < 2e-6);
      CHECK(error(by_linear[1], total) < 2e-6);
      CHECK(error(grad(sum(one * x), {one})[0], total) < 2e-6);
      const Tensors by_norm = grad(sum(rms_norm(ones({length, 1}), one) * rows), {one});
      CHECK(error(by_norm[0], total) < 2e-6);
      CHECK(error(grad(sum(index_select(one, 0, zeros({length}, DType::i64)) * x), {one})[0], total) < 2e-6);
    });
  }
}

TEST_CASE("long sums: variance and LayerNorm beside a large mean", "[slow]") {
  // values a + 1 and a - 1, all exact: deviation 1
  for (const double a : {1e4, 1e5, 1e6, 4e6}) {
    Generator coins(1);
    const Tensor x = a + sign(randn({1000}, coins));
    const Tensor exact = cast(x, DType::f64) - a;
    for_each_level([&](const std::string& level) {
      INFO(level << ", mean " << a);
      CHECK(error(var(x), var(exact).item()) < 2e-6);
      CHECK(difference(layer_norm(x), layer_norm(exact), 2e-6) == "");
      Tensor leaf = x.detach().require_grad(), leaf64 = exact.detach().require_grad();
      Generator generator(2);
      const Tensor g = randn({1000}, generator);
      CHECK(difference(grad(layer_norm(leaf), {leaf}, false, g)[0],
                       grad(layer_norm(leaf64), {leaf64}, false, cast(g, DType::f64))[0], 2e-6) == "");
    });
  }
}
