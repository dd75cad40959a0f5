// Elementwise functions: the naive meaning is the standard library's.
#include <algorithm>
#include <cmath>

#include "tests/engine/naive.h"

namespace latent::test {
namespace {

using Number = double (*)(double);
using Numbers = double (*)(double, double);

constexpr double pi = 3.14159265358979323846;

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
double sign_of(double x) { return (x > 0) - (x < 0); }

OpRow one(std::string name, std::string form, Function op, Number naive, Values values = Values::normal) {
  return {.name = name, .form = form, .op = op, .naive = naive::each(naive), .operands = {{{2, 3, 4}, values}}};
}

OpRow one(std::string name, Tensor (*op)(const Tensor&), Number naive, Values values = Values::normal) {
  return one(
      name, "", [op](In x) { return op(x[0]); }, naive, values);
}

OpRow two(std::string name, Tensor (*op)(const Tensor&, const Tensor&), Numbers naive, Values first = Values::normal,
          Values second = Values::normal) {
  return {.name = name,
          .op = [op](In x) { return op(x[0], x[1]); },
          .naive = naive::each(naive),
          .operands = {{{2, 3, 4}, first}, {{2, 3, 4}, second}},
          .broadcasts = true};
}

OpRow comparison(std::string name, Tensor (*op)(const Tensor&, const Tensor&), Numbers naive) {
  OpRow row = two(name, op, naive, Values::few, Values::few);
  row.differentiable = false;
  return row;
}

OpRow constant(OpRow row) {
  row.differentiable = false;
  return row;
}

// clang-format off
std::vector<OpRow> one_argument() {
  return {
      one("operator-", "negative", [](In x) { return -x[0]; }, [](double x) { return -x; }),
      one("exp", exp, std::exp),
      one("log", log, std::log, Values::positive),
      one("log1p", log1p, std::log1p, Values::positive),
      one("sqrt", sqrt, std::sqrt, Values::positive),
      one("rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, Values::positive),
      one("abs", abs, std::fabs, Values::away),
      one("sin", sin, std::sin),
      one("cos", cos, std::cos),
      one("tanh", tanh, std::tanh),
      one("erf", erf, std::erf),
      one("sigmoid", sigmoid, sigmoid_of),
      one("relu", relu, [](double x) { return std::max(x, 0.0); }, Values::away),
      one("gelu", gelu, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2)); }),
      one("gelu_tanh", gelu_tanh,
          [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / pi) * (x + 0.044715 * x * x * x))); }),
      one("silu", silu, [](double x) { return x * sigmoid_of(x); }),
      one("softplus", softplus, [](double x) { return std::log1p(std::exp(x)); }),
      constant(one("sign", sign, sign_of, Values::few)),
      one("pow", "square", [](In x) { return pow(x[0], 2); }, [](double x) { return x * x; }),
      one("pow", "cube", [](In x) { return pow(x[0], 3); }, [](double x) { return x * x * x; }),
      one("pow", "fourth", [](In x) { return pow(x[0], 4); }, [](double x) { return x * x * x * x; }, Values::away),
      one("pow", "to itself", [](In x) { return pow(x[0], 1); }, [](double x) { return x; }),
      one("pow", "-1.5", [](In x) { return pow(x[0], -1.5); }, [](double x) { return std::pow(x, -1.5); },
          Values::positive),
      one("pow", "to 1", [](In x) { return pow(x[0], 0); }, [](double) { return 1.0; }),
      one("clamp", "", [](In x) { return clamp(x[0], -0.5, 0.75); }, [](double x) { return std::clamp(x, -0.5, 0.75); }),
      one("cast", "to f64 and back", [](In x) { return cast(cast(x[0], DType::f64), x[0].dtype()); },
          [](double x) { return x; }),
      constant(one("cast", "to i64", [](In x) { return cast(3 * x[0], DType::i64); },
                   [](double x) { return std::trunc(3 * x); })),
  };
}

std::vector<OpRow> two_arguments() {
  return {
      two("operator+", operator+, [](double a, double b) { return a + b; }),
      two("operator-", operator-, [](double a, double b) { return a - b; }),
      two("operator*", operator*, [](double a, double b) { return a * b; }),
      two("operator/", operator/, [](double a, double b) { return a / b; }, Values::normal, Values::away),
      one("operator+", "number second", [](In x) { return x[0] + 1.75; }, [](double x) { return x + 1.75; }),
      one("operator-", "number second", [](In x) { return x[0] - 1.75; }, [](double x) { return x - 1.75; }),
      one("operator*", "number second", [](In x) { return x[0] * 1.75; }, [](double x) { return x * 1.75; }),
      one("operator/", "number second", [](In x) { return x[0] / 1.75; }, [](double x) { return x / 1.75; }),
      one("operator+", "number first", [](In x) { return 1.75 + x[0]; }, [](double x) { return 1.75 + x; }),
      one("operator-", "number first", [](In x) { return 1.75 - x[0]; }, [](double x) { return 1.75 - x; }),
      one("operator*", "number first", [](In x) { return 1.75 * x[0]; }, [](double x) { return 1.75 * x; }),
      one("operator/", "number first", [](In x) { return 1.75 / x[0]; }, [](double x) { return 1.75 / x; }, Values::away),
      two("pow", pow, std::pow, Values::positive),
      two("maximum", maximum, [](double a, double b) { return std::max(a, b); }),
      two("minimum", minimum, [](double a, double b) { return std::min(a, b); }),
      comparison("equal", equal, [](double a, double b) { return double(a == b); }),
      comparison("not_equal", not_equal, [](double a, double b) { return double(a != b); }),
      comparison("less", less, [](double a, double b) { return double(a < b); }),
      comparison("less_equal", less_equal, [](double a, double b) { return double(a <= b); }),
      comparison("greater", greater, [](double a, double b) { return double(a > b); }),
      comparison("greater_equal", greater_equal, [](double a, double b) { return double(a >= b); }),
  };
}
// clang-format on

Tensor naive_where(In x) {
  Shape shape;
  for (const Tensor& each : x) shape = broadcast_shapes("naive", shape, each.shape());
  return naive::build(shape, [&](const Shape& at) {
    return naive::broadcast_at(naive::broadcast_at(x[2], at) != 0 ? x[0] : x[1], at);
  });
}

}  // namespace

std::vector<OpRow> elementwise_rows() {
  std::vector<OpRow> rows = one_argument();
  for (OpRow& row : two_arguments()) rows.push_back(std::move(row));
  rows.push_back({.name = "where",
                  .op = [](In x) { return where(x[2], x[0], x[1]); },
                  .naive = naive_where,
                  .operands = {{{2, 3, 4}}, {{2, 3, 4}}, {{2, 3, 4}, Values::few, false}},
                  .broadcasts = true});
  return rows;
}

}  // namespace latent::test
