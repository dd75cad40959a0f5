// Operators on single elements.
#include <cmath>
#include <limits>

#include "tests/onnx/tables.h"

namespace latent::onnx {
namespace {

using In = const Call&;
constexpr auto call = Operator::call, composition = Operator::composition;
constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor trunc(const Tensor& x) { return cast(cast(x, DType::i64), x.dtype()); }
Tensor floor(const Tensor& x) { return trunc(x) - greater(trunc(x), x); }

// To the nearest integer, from the middle between two to the even one.
Tensor round(const Tensor& x) {
  const Tensor up = floor(x + 0.5), is_odd = not_equal(up, 2 * floor(up / 2));
  return up - is_odd * equal(up - x, number(0.5, x));
}

Operator one(const char* name, Tensor (*f)(const Tensor&), decltype(call) kind = call) {
  return {name, kind, [f](In c) { return f(c[0]); }};
}

// Before version 7 the second one's axes could be any of the first one's: from attribute `axis` on.
Operator two(const char* name, Tensor (*f)(const Tensor&, const Tensor&), decltype(call) kind = call) {
  return {name, kind, [f](In c) {
            Tensors x = c.floats();
            if (c.opset < 7 && c.has("axis"))
              while (x[1].rank() + c.integer("axis", 0) < x[0].rank()) x[1] = unsqueeze(x[1], -1);
            return f(x.at(0), x.at(1));
          }};
}

Operator any_number(const char* name, Tensor (*f)(const Tensor&, const Tensor&)) {
  return {name, call, [f](In c) {
            const Tensors x = c.floats();
            Tensor y = x.at(0);
            for (std::size_t i = 1; i < x.size(); ++i) y = f(y, x[i]);
            return y;
          }};
}

// An integer stays one.
Tensor as_first(In c, const Tensor& y) { return c.as_is(0).dtype() == DType::i64 ? trunc(y) : y; }

Results divide(In c) {
  const Tensors x = c.floats();
  return as_first(c, x[0] / x[1]);
}

Results power(In c) {
  const Tensors x = c.floats();
  return as_first(c, pow(x[0], x[1]));
}

Results remainder(In c) {
  const Tensors x = c.floats();
  const Tensor quotient = x[0] / x[1];
  return x[0] - x[1] * (c.integer("fmod", 0) ? trunc(quotient) : floor(quotient));
}

Results cast_to(In c) {
  const Tensor& x = c.as_is(0);
  switch (c.integer("to", 0)) {
    case 1:
    case float16_type: return cast(x, DType::f32);
    case 6:
    case 7: return cast(x, DType::i64);
    case 9: return not_equal(c[0], number(0, c[0]));
    case 11: return cast(x, DType::f64);
    default: throw NotExpressible(fmt::format("Cast to {}", name_of(int(c.integer("to", 0)))));
  }
}

Results parametric_relu(In c) {
  const Tensor x = c[0];
  Tensor slope = c[1];
  if (c.opset < 7 && slope.size() > 1)  // one for each channel
    while (slope.rank() < x.rank() - 1) slope = unsqueeze(slope, -1);
  return relu(x) - slope * relu(-x);
}

Results shrink(In c) {
  const Tensor x = c[0];
  const double bias = c.real("bias", 0), edge = c.real("lambd", 0.5);
  return (x + bias) * less(x, number(-edge, x)) + (x - bias) * greater(x, number(edge, x));
}

Results is_infinite(In c) {
  const Tensor x = c[0], above = equal(x, number(infinity, x)), below = equal(x, number(-infinity, x));
  return above * double(c.integer("detect_positive", 1)) + below * double(c.integer("detect_negative", 1));
}

Tensor exp_minus_one(const Tensor& x) { return exp(minimum(x, number(0, x))) - 1; }

Results selu(In c) {
  const double alpha = c.real("alpha", 1.67326319217681884765625), gamma = c.real("gamma", 1.05070102214813232421875);
  return gamma * (relu(c[0]) + alpha * exp_minus_one(c[0]));
}

}  // namespace

// clang-format off
std::vector<Operator> elementwise_table() {
  return {
      one("Abs", abs), one("Cos", cos), one("Erf", erf), one("Exp", exp), one("Log", log), one("Neg", operator-),
      one("Relu", relu), one("Sigmoid", sigmoid), one("Sign", sign), one("Sin", sin), one("Softplus", softplus),
      one("Sqrt", sqrt), one("Tanh", tanh),
      one("Reciprocal", [](const Tensor& x) { return 1 / x; }),
      one("Not", [](const Tensor& x) { return equal(x, number(0, x)); }),
      one("IsNaN", [](const Tensor& x) { return not_equal(x, x); }),
      one("Acosh", [](const Tensor& x) { return log(x + sqrt(x * x - 1)); }, composition),
      one("Asinh", [](const Tensor& x) { return sign(x) * log(abs(x) + sqrt(x * x + 1)); }, composition),
      one("Atanh", [](const Tensor& x) { return (log1p(x) - log1p(-x)) / 2; }, composition),
      one("Cosh", [](const Tensor& x) { return (exp(x) + exp(-x)) / 2; }, composition),
      one("Sinh", [](const Tensor& x) { return (exp(x) - exp(-x)) / 2; }, composition),
      one("Tan", [](const Tensor& x) { return sin(x) / cos(x); }, composition),
      one("Ceil", [](const Tensor& x) { return -floor(-x); }, composition),
      one("Floor", floor, composition),
      one("Round", round, composition),
      one("Softsign", [](const Tensor& x) { return x / (1 + abs(x)); }, composition),
      one("HardSwish", [](const Tensor& x) { return x * clamp(x / 6 + 0.5, 0, 1); }, composition),
      {"HardSigmoid", composition, [](In c) { return clamp(c[0] * c.real("alpha", 0.2) + c.real("beta", 0.5), 0, 1); }},
      {"Elu", composition, [](In c) { return relu(c[0]) + c.real("alpha", 1) * exp_minus_one(c[0]); }},
      {"Celu", composition, [](In c) {
         const double alpha = c.real("alpha", 1);
         return relu(c[0]) + alpha * exp_minus_one(c[0] / alpha);
       }},
      {"Selu", composition, selu},
      {"LeakyRelu", composition, [](In c) { return relu(c[0]) - c.real("alpha", 0.01) * relu(-c[0]); }},
      {"PRelu", composition, parametric_relu},
      {"ThresholdedRelu", composition, [](In c) { return c[0] * greater(c[0], number(c.real("alpha", 1), c[0])); }},
      {"Shrink", composition, shrink},
      {"IsInf", composition, is_infinite},
      {"Clip", call, [](In c) {
         return clamp(c[0], c.number(1, c.real("min", -infinity)), c.number(2, c.real("max", infinity)));
       }},
      {"Cast", call, cast_to},
      {"CastLike", call, [](In c) { return cast(c.as_is(0), c.as_is(1).dtype()); }},
      two("Add", operator+), two("Sub", operator-), two("Mul", operator*),
      {"Div", call, divide},
      {"Pow", call, power},
      {"Mod", composition, remainder},
      any_number("Max", maximum), any_number("Min", minimum), any_number("Sum", operator+),
      {"Mean", composition, [](In c) { return mean(stack(c.floats()), 0); }},
      two("Equal", equal), two("Greater", greater), two("GreaterOrEqual", greater_equal), two("Less", less),
      two("LessOrEqual", less_equal),
      two("And", operator*), two("Or", maximum), two("Xor", not_equal),
      {"Where", call, [](In c) {
         const Tensors x = c.floats();
         return where(x.at(0), x.at(1), x.at(2));
       }},
  };
}
// clang-format on

}  // namespace latent::onnx
