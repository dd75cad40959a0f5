// NaN, infinities, zeros and numbers near the ends of the range; and how exact the elementwise functions are.
#include <cmath>
#include <limits>

#include "engine/ops/composed.h"
#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

namespace latent::test {  // so that exp and log are the tensors' only
namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

using Numbers = std::vector<double>;

// f(x) at every level, in both types and at every place in a register; NaN equals NaN.
void check(const char* what, const std::function<Tensor(const Tensor&)>& f, const Numbers& x, const Numbers& expected) {
  for_each_level([&](const std::string& level) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const Index before : {0, 3, 20}) {
        INFO(what << " in " << to_string(dtype) << " at " << level << ", " << before << " values before");
        const Tensor input = concat({zeros({before}, dtype), tensor(x, dtype)});
        const Tensor y = slice(f(input), 0, before, input.size());
        CHECK(difference(y, tensor(expected, DType::f64), 1e-6) == "");
      }
  });
}

// The same for a function of a row.
void check_row(const char* what, const std::function<Tensor(const Tensor&)>& f, const Numbers& row,
               const Numbers& expected) {
  for_each_level([&](const std::string& level) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      INFO(what << " in " << to_string(dtype) << " at " << level);
      CHECK(difference(f(tensor(row, dtype)), tensor(expected, DType::f64), 1e-6) == "");
    }
  });
}

}  // namespace

TEST_CASE("special values: functions of one argument") {
  check("exp", exp, {nan, inf, -inf, -1000, 1000, 0}, {nan, inf, 0, 0, inf, 1});
  check("log", log, {nan, inf, -1, 0, 1}, {nan, inf, nan, -inf, 0});
  check("log1p", log1p, {nan, inf, -1, -2, 0, 1e-30}, {nan, inf, -inf, nan, 0, 1e-30});
  check("sqrt", sqrt, {nan, inf, -1, 0}, {nan, inf, nan, 0});
  check("rsqrt", rsqrt, {nan, inf, -1, 0}, {nan, 0, nan, inf});
  check("abs", abs, {nan, inf, -inf, -2}, {nan, inf, inf, 2});
  check("sign", sign, {nan, inf, -inf, 0, -3}, {nan, 1, -1, 0, -1});
  check("sin", sin, {nan, inf, -inf, 0}, {nan, nan, nan, 0});
  check("cos", cos, {nan, inf, -inf, 0}, {nan, nan, nan, 1});
  check("tanh", tanh, {nan, inf, -inf, 1000, -1000}, {nan, 1, -1, 1, -1});
  check("erf", erf, {nan, inf, -inf, 1000, -1000}, {nan, 1, -1, 1, -1});
  check("relu", relu, {nan, inf, -inf, -1}, {nan, inf, 0, 0});
  check("sigmoid", sigmoid, {nan, inf, -inf, 1000, -1000}, {nan, 1, 0, 1, 0});
  check("silu", silu, {nan, inf, -inf, 1000, -1000}, {nan, inf, 0, 1000, 0});
  check("softplus", softplus, {nan, inf, -inf, 1000, -1000}, {nan, inf, 0, 1000, 0});
  check("gelu", gelu, {nan, inf, -inf, 1000, -1000}, {nan, inf, 0, 1000, 0});
  check("gelu_tanh", gelu_tanh, {nan, inf, -inf, 1000, -1000}, {nan, inf, 0, 1000, 0});
  check("clamp", [](const Tensor& x) { return clamp(x, -1, 2); }, {nan, inf, -inf, 1}, {nan, 2, -1, 1});
}

TEST_CASE("special values: slopes far from 0 are 0 or 1 and not NaN") {
  const auto slope = [](Tensor (*f)(const Tensor&)) {
    return [f](const Tensor& x) {
      Tensor leaf = x.detach();
      leaf.require_grad();
      return grad(f(leaf), {leaf})[0];
    };
  };
  check("sigmoid", slope(sigmoid), {1000, -1000, inf, -inf}, {0, 0, 0, 0});
  check("tanh", slope(tanh), {1000, -1000, inf, -inf}, {0, 0, 0, 0});
  check("softplus", slope(softplus), {1000, -1000, inf, -inf}, {1, 0, 1, 0});
  check("silu", slope(silu), {1000, -1000, inf, -inf}, {1, 0, 1, 0});
  check("gelu", slope(gelu), {1000, -1000, inf, -inf}, {1, 0, 1, 0});
  check("gelu_tanh", slope(gelu_tanh), {1000, -1000, inf, -inf}, {1, 0, 1, 0});
  check("erf", slope(erf), {1000, -1000}, {0, 0});
  check("relu", slope(relu), {inf, -inf, 0}, {1, 0, 0});
}

TEST_CASE("special values: powers") {
  const auto power = [](double exponent) { return [=](const Tensor& x) { return pow(x, exponent); }; };
  check("x^2", power(2), {0, -3, inf, -inf, nan}, {0, 9, inf, inf, nan});
  check("x^3", power(3), {0, -3, -inf}, {0, -27, -inf});
  check("x^-1", power(-1), {0, -4, inf}, {inf, -0.25, 0});
  check("x^0.5", power(0.5), {0, 4, -4}, {0, 2, nan});
  check("x^0", power(0), {0, -1, inf, nan}, {1, 1, 1, 1});
  const auto by = [](const Numbers& b) {
    return
        [=](const Tensor& a) { return pow(slice(a, 0, a.size() - Index(b.size()), a.size()), tensor(b, a.dtype())); };
  };
  const auto check_pairs = [&](const Numbers& a, const Numbers& b, const Numbers& expected) {
    check_row("a^b", by(b), a, expected);
  };
  check_pairs({0, 0, 0, inf, inf, -2, -2, 2, nan, 1, 1, 0, nan}, {0, 2, -1, 0, -1, 3, 0.5, -inf, 0, inf, nan, nan, 2},
              {1, 0, inf, 1, 0, -8, nan, 0, 1, 1, 1, nan, nan});
  Tensor a = tensor({0, 0, 2, 0}, DType::f64).require_grad(), b = tensor({1, 2, 3, 0}, DType::f64).require_grad();
  const Tensors gradients = grad(pow(a, b), {a, b});
  CHECK(difference(gradients[0], tensor({1, 0, 12, 0}, DType::f64), 1e-12) == "");
  CHECK(difference(gradients[1], tensor({0, 0, 8 * std::log(2), 0}, DType::f64), 1e-12) == "");
  Tensor base = tensor({0.7, 3}, DType::f64).require_grad(), none = tensor({0, 0}, DType::f64).require_grad();
  const Tensor slope = grad(sum(pow(base, none)), {base}, true)[0];  // b a^(b - 1), whose slope in b is 1 / a at b = 0
  CHECK(difference(grad(sum(slope), {none})[0], tensor({1 / 0.7, 1.0 / 3}, DType::f64), 1e-12) == "");
}

TEST_CASE("special values: two arguments") {
  const auto with = [](Tensor (*f)(const Tensor&, const Tensor&), double other) {
    return [=](const Tensor& x) { return f(x, scalar(other, x.dtype())); };
  };
  check("maximum", with(maximum, 1), {nan, inf, -inf}, {nan, inf, 1});
  check("maximum with NaN", with(maximum, nan), {1, inf, nan}, {nan, nan, nan});
  check("minimum", with(minimum, 1), {nan, inf, -inf}, {nan, 1, -inf});
  check("minimum with NaN", with(minimum, nan), {1, inf, nan}, {nan, nan, nan});
  check("equal", with(equal, nan), {nan, 1}, {0, 0});
  check("not_equal", with(not_equal, nan), {nan, 1}, {1, 1});
  check("less", with(less, inf), {nan, inf, 1}, {0, 0, 1});
  check("less_equal", with(less_equal, inf), {nan, inf, 1}, {0, 1, 1});
  check("where", [](const Tensor& x) { return where(equal(x, x), x, scalar(7, x.dtype())); }, {nan, inf, 1},
        {7, inf, 1});
}

TEST_CASE("special values: where something hides a value its gradient is 0, whatever comes from above") {
  struct Hiding {
    const char* name;
    Function f;
    double x;  // is hidden
  };
  const auto number = [](double value) { return scalar(value, DType::f64); };
  const auto row = [&](const Tensor& x, double other) { return stack({reshape(x, {}), number(other)}); };
  const std::vector<Hiding> all{
      {"clamp, below", [](In x) { return clamp(x[0], 0, 9); }, -1},
      {"clamp, above", [](In x) { return clamp(x[0], -1, 0); }, 1},
      {"clamp, NaN", [](In x) { return clamp(x[0], -1, 0); }, nan},
      {"relu", [](In x) { return relu(x[0]); }, -1},
      {"relu at 0", [](In x) { return relu(x[0]); }, 0},
      {"maximum, first", [=](In x) { return maximum(x[0], number(0)); }, -1},
      {"maximum, second", [=](In x) { return maximum(number(0), x[0]); }, -1},
      {"minimum, first", [=](In x) { return minimum(x[0], number(0)); }, 1},
      {"minimum, second", [=](In x) { return minimum(number(0), x[0]); }, 1},
      {"where, first", [=](In x) { return where(number(0), x[0], number(0)); }, 1},
      {"where, second", [=](In x) { return where(number(1), number(0), x[0]); }, 1},
      {"max", [=](In x) { return max(row(x[0], 0)); }, -1},
      {"min", [=](In x) { return min(row(x[0], 0)); }, 1},
      {"x^0", [](In x) { return pow(x[0], 0); }, 1},
      {"x^0 at NaN", [](In x) { return pow(x[0], 0); }, nan},
      {"0^x", [=](In x) { return pow(number(0), x[0]); }, 2},
      {"dropout",
       [](In x) {
         Generator generator(1);
         while (rand({1}, generator).item() >= 0.5) {}
         generator = Generator(generator.seed(), generator.counter() - 1);  // the next number drops
         return dropout(x[0], 0.5, generator);
       },
       1},
      {"logsumexp of -infinity alone", [](In x) { return logsumexp(reshape(x[0], {1}), 0); }, -inf}};
  for (const Hiding& each : all)
    for (const bool create_graph : {false, true})
      for (const double upstream : {1.0, inf, -inf, nan}) {
        INFO(each.name << " below a gradient of " << upstream << (create_graph ? ", recorded" : ""));
        const Tensor x = number(each.x).require_grad(), y = each.f({x});
        const Tensor g = grad(y, {x}, create_graph, full(y.shape(), upstream, DType::f64))[0];
        CHECK(g.item() == 0);
        if (g.requires_grad()) CHECK(grad(g, {x})[0].item() == 0);
        // an outer function with an infinite slope at the value that hides
        const Tensor outer = sqrt(each.f({x}) * 0), slope = grad(sum(outer), {x}, create_graph)[0];
        CHECK(slope.item() == 0);
        if (slope.requires_grad()) CHECK(grad(slope, {x})[0].item() == 0);
      }
}

TEST_CASE("special values: where NaN decides, the gradient goes where PyTorch sends it") {
  const auto gradients = [](const std::function<Tensor(In)>& f, const Numbers& a, const Numbers& b) {
    const Tensor x = tensor(a, DType::f64).require_grad(), y = tensor(b, DType::f64).require_grad();
    const Tensors both = grad(sum(f({x, y})), {x, y});
    return stack(both);
  };
  const Numbers a{nan, 1, nan, 2}, b{1, nan, nan, 2};
  const Tensor expected = tensor({1, 1, 1, 0.5, 1, 1, 1, 0.5}, {2, 4}, DType::f64);
  CHECK(difference(gradients([](In x) { return maximum(x[0], x[1]); }, a, b), expected, 0) == "");
  CHECK(difference(gradients([](In x) { return minimum(x[0], x[1]); }, a, b), expected, 0) == "");
  for (const auto& extreme : {+[](const Tensor& x) { return max(x); }, +[](const Tensor& x) { return min(x); }}) {
    const Tensor x = tensor({1, nan, 3, nan}, DType::f64).require_grad();
    CHECK(grad(extreme(x), {x})[0].values() == Numbers{0, 0.5, 0, 0.5});
  }
  const Tensor x = tensor({nan, 1}, DType::f64).require_grad();
  CHECK(grad(sum(relu(x)), {x})[0].values() == Numbers{1, 1});
}

TEST_CASE("special values: the gradient of a logsumexp, also of rows of -infinity, to second order") {
  const Tensor x = tensor({-inf, -inf, -inf, 0, 1, 1}, {3, 2}, DType::f64).require_grad();
  const Tensor y = logsumexp(x, 1), g = grad(y, {x}, true)[0];
  CHECK(difference(y, tensor({-inf, 0, 1 + std::log(2)}, DType::f64), 1e-14) == "");
  CHECK(g.values() == Numbers{0, 0, 0, 1, 0.5, 0.5});
  const Tensor weights = tensor({1, 2, 3, 4, 5, 7}, {3, 2}, DType::f64);
  CHECK(difference(grad(sum(g * weights), {x})[0], tensor({0, 0, 0, 0, -0.5, 0.5}, {3, 2}, DType::f64), 1e-14) == "");
}

TEST_CASE("special values: reductions") {
  for (const Index n : {1, 2, 5, 16, 100, 5000})
    for (const Index at : {Index(0), n / 2, n - 1}) {
      Numbers row(size_t(n), 1.0);
      row[size_t(at)] = nan;
      const auto reshaped = [](const Tensor& y) { return reshape(y, {1}); };
      check_row("max with NaN", [&](const Tensor& x) { return reshaped(max(x)); }, row, {nan});
      check_row("min with NaN", [&](const Tensor& x) { return reshaped(min(x)); }, row, {nan});
      check_row("sum with NaN", [&](const Tensor& x) { return reshaped(sum(x)); }, row, {nan});
      check_row("columns",
                [&](const Tensor& x) {
                  return select(max(stack({x, x, x}, 1), 0), 0, 1).view({1}, {1});
                },
                row, {nan});
      row[size_t(at)] = -inf;
      check_row("min", [&](const Tensor& x) { return reshaped(min(x)); }, row, {-inf});
    }
  const auto lse = [](const Tensor& x) { return logsumexp(x, 0, true); };
  check_row("logsumexp", lse, {1000, 1000}, {1000 + std::log(2)});
  check_row("logsumexp", lse, {-1000, -1000, -1000}, {-1000 + std::log(3)});
  check_row("logsumexp", lse, {-inf, -inf}, {-inf});
  check_row("logsumexp", lse, {-inf, 1}, {1});
  check_row("logsumexp", lse, {inf, 1}, {inf});
  check_row("logsumexp", lse, {nan, 1}, {nan});
}

TEST_CASE("special values: running sums, the largest values, triangles") {
  check_row("cumsum", [](const Tensor& x) { return cumsum(x); }, {1, inf, 1, -inf, 1}, {1, inf, inf, nan, nan});
  check_row("cumsum", [](const Tensor& x) { return cumsum(x); }, {1, nan, 1}, {1, nan, nan});
  const auto order = [](const Tensor& x) { return cast(topk(x, x.size()).indices, x.dtype()); };
  const auto rising = [](const Tensor& x) { return cast(topk(x, x.size(), 0, false).indices, x.dtype()); };
  check_row("topk, a NaN is the largest", order, {0, nan, inf, -inf, nan, 0}, {1, 4, 2, 0, 5, 3});
  check_row("topk, smallest", rising, {0, nan, inf, -inf, nan, -0.0}, {3, 0, 5, 2, 1, 4});
  const auto lower = [](const Tensor& x) { return reshape(tril(reshape(x, {2, 2})), {4}); };
  check_row("tril", lower, {1, inf, nan, -inf}, {1, 0, nan, -inf});
  const auto upper = [](const Tensor& x) { return reshape(triu(reshape(x, {2, 2}), 1), {4}); };
  check_row("triu", upper, {nan, inf, -inf, nan}, {0, inf, 0, 0});
}

TEST_CASE("special values: the gradient of what tril leaves out is 0, also where infinity comes in") {
  const Tensor x = full({2, 2}, inf).require_grad(), g = full({2, 2}, nan);
  const Tensor gradient = grad(tril(x, -1), {x}, false, g)[0];
  CHECK(difference(reshape(gradient, {4}), tensor({0, 0, nan, 0}, DType::f64), 0) == "");
}

TEST_CASE("special values: cross-entropy of labels that are ignored, and of none") {
  const Tensor labels = tensor({-100, -100, 2}, DType::i64), none = full({3}, -100, DType::i64);
  for (const Tensor& weight : {Tensor(), ones({3})}) {
    Tensor logits = tensor({nan, 0, 0, 0, inf, 0, 0, 0, 0}, {3, 3}).require_grad();
    const Tensor loss = cross_entropy(logits, labels, {.ignore_index = -100, .weight = weight});
    CHECK(loss.item() == Catch::Approx(std::log(3)));
    CHECK(difference(grad(loss, {logits})[0], tensor({0, 0, 0, 0, 0, 0, 1 / 3., 1 / 3., -2 / 3.}, {3, 3}), 1e-6) == "");
    const Tensor nothing = cross_entropy(logits, none, {.ignore_index = -100, .weight = weight});
    CHECK(std::isnan(nothing.item()));
    CHECK(difference(grad(nothing, {logits})[0], zeros({3, 3}), 0) == "");
  }
}

TEST_CASE("special values: softmax and its logarithm of large numbers") {
  const auto soft = [](const Tensor& x) { return softmax(x); };
  const auto log_soft = [](const Tensor& x) { return log_softmax(x); };
  for (const double level : {0.0, -100.0, -1e4, 1e4, -1e30, 1e30}) {
    for (const Index n : {1, 2, 3, 7, 8, 17, 33}) {
      const Numbers row(size_t(n), level);
      INFO(level << " x " << n);
      check_row("softmax", soft, row, Numbers(size_t(n), 1 / double(n)));
      check_row("log_softmax", log_soft, row, Numbers(size_t(n), -std::log(double(n))));
    }
  }
  check_row("softmax", soft, {-inf, 0, 0}, {0, 0.5, 0.5});
  check_row("log_softmax", log_soft, {-inf, 0, 0}, {-inf, -std::log(2), -std::log(2)});
  check_row("softmax", soft, {nan, 0, 0}, {nan, nan, nan});
  check_row("softmax", soft, {0, 0, 0, 0, 0, 0, 0, 0, 0, nan}, Numbers(10, nan));
  check_row("softmax", soft, {1000, -1000}, {1, 0});
  check_row("log_softmax", log_soft, {1000, -1000}, {0, -2000});
}

TEST_CASE("special values: norms of rows that hardly vary, and cross-entropy of extreme logits") {
  for_each_level([](const std::string&) {
    for (const Index n : {1, 3, 17}) {
      const Tensor row = full({n}, 1e4, DType::f64);
      CHECK(difference(layer_norm(row), zeros({n}, DType::f64), 1e-6) == "");
      CHECK(difference(layer_norm(full({n}, 1e15)), zeros({n}, DType::f64), 1e-6) == "");
      CHECK(difference(rms_norm(row), ones({n}, DType::f64), 1e-6) == "");
      CHECK(difference(rms_norm(zeros({n})), zeros({n}, DType::f64), 1e-6) == "");
    }
    // squares that are infinite: zeros, as ops.h says
    for (const Numbers& row : {Numbers{1e20, -1e20, 0}, {1e20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3e20}})
      CHECK(difference(layer_norm(tensor(row)), zeros({Index(row.size())}), 0) == "");
    Tensor logits = tensor({-5000, 5000, 0, 0, 0, 0, 0, 0, 0}, {3, 3}).require_grad();
    const Tensor loss = cross_entropy(logits, tensor({0, 1, 2}, DType::i64));
    CHECK(loss.item() == Catch::Approx((10000 + 2 * std::log(3)) / 3));
    CHECK(difference(select(grad(loss, {logits})[0], 0, 0), tensor({-1 / 3., 1 / 3., 0}, DType::f64), 1e-6) == "");
  });
}

}  // namespace latent::test
