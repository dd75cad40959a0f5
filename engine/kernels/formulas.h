// The mathematics of every elementwise function, written once.
//
//   value(x...)  runs on SIMD registers: V is xsimd::batch<float|double, Arch>.
//   slope(x, y)  is dy/dx at y = value(x).  It runs on SIMD registers in the ordinary backward pass, and on Tensors
//                when the gradient itself is to be differentiated: the same line serves both.
//
// To add a function: a struct here, its name in the list at the end, and a line each in ops.h and ops/elementwise.cpp.
#pragma once
#include <type_traits>

namespace latent::formula {

// These are for Tensors.  SIMD registers have overloads of their own in elementary.h, which stay exact in the tails.
template <class V> V sigmoid_slope(const V& x) { return sigmoid(x) * sigmoid(-x); }
template <class V> V normal_cdf(const V& x) { return 0.5 * (1 + erf(0.7071067811865476 * x)); }
template <class V> V normal_density(const V& x) { return 0.3989422804014327 * exp(-0.5 * x * x); }  // 1 / sqrt(2 pi)
template <class V> V gaussian(const V& x) { return exp(-(x * x)); }
// x clamped to +-1000, where these functions have reached their limits: infinity times 0 would be NaN
template <class V> V bounded(const V& x) { return clamp(x, -1000, 1000); }

// ---- one argument, with a slope ----
struct Exp {
  static constexpr auto name = "exp";
  template <class V> static V value(const V& x) { return exp(x); }
  template <class V> static V slope(const V&, const V& y) { return y; }
};

struct Log {
  static constexpr auto name = "log";
  template <class V> static V value(const V& x) { return log(x); }
  template <class V> static V slope(const V& x, const V&) { return 1 / x; }
};

struct Log1p {
  static constexpr auto name = "log1p";
  template <class V> static V value(const V& x) { return log1p(x); }
  template <class V> static V slope(const V& x, const V&) { return 1 / (1 + x); }
};

struct Sqrt {
  static constexpr auto name = "sqrt";
  template <class V> static V value(const V& x) { return sqrt(x); }
  template <class V> static V slope(const V&, const V& y) { return 0.5 / y; }
};

struct Rsqrt {
  static constexpr auto name = "rsqrt";
  template <class V> static V value(const V& x) { return 1 / sqrt(x); }
  template <class V> static V slope(const V& x, const V& y) { return -0.5 * y / x; }
};

struct Abs {
  static constexpr auto name = "abs";
  template <class V> static V value(const V& x) { return abs(x); }
  template <class V> static V slope(const V& x, const V&) { return sign(x); }
};

struct Sin {
  static constexpr auto name = "sin";
  template <class V> static V value(const V& x) { return sin(x); }
  template <class V> static V slope(const V& x, const V&) { return cos(x); }
};

struct Cos {
  static constexpr auto name = "cos";
  template <class V> static V value(const V& x) { return cos(x); }
  template <class V> static V slope(const V& x, const V&) { return -sin(x); }
};

struct Tanh {
  static constexpr auto name = "tanh";
  template <class V> static V value(const V& x) { return tanh(x); }
  template <class V> static V slope(const V& x, const V&) { return 4 * sigmoid_slope(2 * x); }
};

struct Erf {
  static constexpr auto name = "erf";
  template <class V> static V value(const V& x) { return erf(x); }
  template <class V> static V slope(const V& x, const V&) { return 1.1283791670955126 * gaussian(x); }  // 2 / sqrt(pi)
};

struct Sigmoid {
  static constexpr auto name = "sigmoid";
  template <class V> static V value(const V& x) { return sigmoid(x); }
  template <class V> static V slope(const V& x, const V&) { return sigmoid_slope(x); }
};

// x Phi(x), where Phi is the distribution function of the normal distribution (Hendrycks and Gimpel 2016)
struct Gelu {
  static constexpr auto name = "gelu";
  template <class V> static V value(const V& x) { return max(V(-1000), x) * normal_cdf(x); }
  template <class V> static V slope(const V& x, const V&) { return normal_cdf(x) + bounded(x) * normal_density(x); }
};

// Phi(x) approximated by (1 + tanh(u)) / 2 = sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3)
struct GeluTanh {
  static constexpr auto name = "gelu_tanh";
  template <class V> static V twice_u(const V& x) { return 1.5957691216057308 * (x + 0.044715 * x * x * x); }
  template <class V> static V value(const V& x) { return max(V(-1000), x) * sigmoid(twice_u(x)); }
  template <class V> static V slope(const V& x, const V&) {
    const V z = bounded(x), u = twice_u(z);
    return sigmoid(u) + 1.5957691216057308 * z * (1 + 0.134145 * z * z) * sigmoid_slope(u);
  }
};

struct Silu {
  static constexpr auto name = "silu";
  template <class V> static V value(const V& x) { return max(V(-1000), x) * sigmoid(x); }
  template <class V> static V slope(const V& x, const V&) { return sigmoid(x) + bounded(x) * sigmoid_slope(x); }
};

// log(1 + e^x), arranged so that neither tail overflows
struct Softplus {
  static constexpr auto name = "softplus";
  template <class V> static V value(const V& x) { return max(V(0), x) + log1p(exp(-abs(x))); }
  template <class V> static V slope(const V& x, const V&) { return sigmoid(x); }
};

// ---- values only: their gradients are written in ops/elementwise.cpp ----
struct Sign {
  template <class V> static V value(const V& x) { return sign(x); }
};
struct Relu {  // max(0, x) in this order: the processor's maximum returns its second argument if either is NaN
  template <class V> static V value(const V& x) { return max(V(0), x); }
};
struct Affine {  // scale x + shift
  double scale, shift;
  template <class V> V value(const V& x) const { return V(scale) * x + V(shift); }
};
struct ScalarOver {  // numerator / x
  double numerator;
  template <class V> V value(const V& x) const { return V(numerator) / x; }
};
struct PowScalar {
  double exponent;
  template <class V> V value(const V& x) const {
    if (exponent == 1) return x;  // exact, and without exp and log
    if (exponent == 2) return x * x;
    if (exponent == 3) return x * x * x;
    return pow(x, V(exponent));
  }
};
struct Clamp {  // NaN stays NaN: see Relu
  double low, high;
  template <class V> V value(const V& x) const { return min(V(high), max(V(low), x)); }
};

struct Add {
  template <class V> static V value(const V& a, const V& b) { return a + b; }
};
struct Sub {
  template <class V> static V value(const V& a, const V& b) { return a - b; }
};
struct Mul {
  template <class V> static V value(const V& a, const V& b) { return a * b; }
};
struct Div {
  template <class V> static V value(const V& a, const V& b) { return a / b; }
};
struct Pow {
  template <class V> static V value(const V& a, const V& b) { return pow(a, b); }
};
// NaN if either is NaN; written without !=, which in xsimd 8.1 is false if a side is NaN
struct Maximum {
  template <class V> static V value(const V& a, const V& b) { return select(a < b || !(b == b), b, a); }
};
struct Minimum {
  template <class V> static V value(const V& a, const V& b) { return select(a > b || !(b == b), b, a); }
};
struct Equal {
  template <class V> static V value(const V& a, const V& b) { return select(a == b, V(1), V(0)); }
};
struct NotEqual {
  template <class V> static V value(const V& a, const V& b) { return select(a == b, V(0), V(1)); }
};
struct Less {
  template <class V> static V value(const V& a, const V& b) { return select(a < b, V(1), V(0)); }
};
struct LessEqual {
  template <class V> static V value(const V& a, const V& b) { return select(a <= b, V(1), V(0)); }
};
struct Greater {
  template <class V> static V value(const V& a, const V& b) { return select(a > b, V(1), V(0)); }
};
struct GreaterEqual {
  template <class V> static V value(const V& a, const V& b) { return select(a >= b, V(1), V(0)); }
};

struct Where {
  template <class V> static V value(const V& condition, const V& a, const V& b) {
    return select(condition == V(0), b, a);
  }
};

// The backward pass of a formula with a slope.
template <class F> struct Chain {
  template <class V> static V value(const V& x, const V& y, const V& g) { return g * F::slope(x, y); }
};

// A formula becomes a kernel for every CPU level by being named here.
template <class... F> struct List {};
using WithSlope = List<Exp, Log, Log1p, Sqrt, Rsqrt, Abs, Sin, Cos, Tanh, Erf, Sigmoid, Gelu, GeluTanh, Silu, Softplus>;
using OneArgument = List<Sign, Relu, Affine, ScalarOver, PowScalar, Clamp>;
using TwoArguments =
    List<Add, Sub, Mul, Div, Pow, Maximum, Minimum, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual>;
using ThreeArguments = List<Where>;

}  // namespace latent::formula
