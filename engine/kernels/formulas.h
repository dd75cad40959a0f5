// The mathematics of every elementwise function, written once.
//
//   value(x...)  runs on SIMD registers: V is xsimd::batch<float|double, Arch>.
//   slope(x, y)  is dy/dx at y = value(x).  It runs on SIMD registers in the ordinary backward pass, and on Tensors when
//                the gradient itself is to be differentiated: the same line serves both.
//
// To add a function: a struct here, its name in the list at the end, and a line each in ops.h and ops/elementwise.cpp.
#pragma once
#include <type_traits>

namespace latent::formula {

template <class V> V sigmoid(const V& x) { return 1 / (1 + exp(-x)); }

// a^b with C's answers where xsimd has its own: 0^0 and 0^-1 are 0 there, infinity^0 and 1^infinity NaN, 0^NaN 0.
template <class V> V power(const V& a, const V& b) {
  const V y = select(a == V(0) && b < V(0), 1 / abs(a), pow(a, b));
  return select(b == V(0) || a == V(1), V(1), select(b == b, y, b));
}

template <class V>
concept SinglePrecision = std::is_same_v<typename V::value_type, float>;

// Phi, the distribution function of the normal distribution.  In f32 by a fitted ratio of polynomials, right to 1.2e-8
// and twice as fast as by erf.
template <class V> V normal_cdf(const V& x) { return 0.5 * (1 + erf(0.7071067811865476 * x)); }
template <SinglePrecision V> V normal_cdf(const V& x) {
  const V bounded = min(V(5.7f), max(V(-5.7f), x)), u = bounded * bounded;
  const V p = 0.39894221f +
              u * (0.034940910f + u * (0.0047408123f + u * (1.7939125e-4f + u * (6.3741426e-6f + u * 2.1580326e-8f))));
  const V q =
      1.0f + u * (0.25424934f + u * (0.029260542f + u * (0.0019445382f + u * (7.6766892e-5f + u * 1.1649601e-6f))));
  return select(x < V(-5.7f), V(0.0f), 0.5f + bounded * p / q);
}

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
  template <class V> static V slope(const V&, const V& y) { return -0.5 * y * y * y; }
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
  template <class V> static V slope(const V&, const V& y) { return 1 - y * y; }
};

struct Erf {
  static constexpr auto name = "erf";
  template <class V> static V value(const V& x) { return erf(x); }
  template <class V> static V slope(const V& x, const V&) {
    return 1.1283791670955126 * exp(-(x * x));
  }  // 2 / sqrt(pi)
};

struct Sigmoid {
  static constexpr auto name = "sigmoid";
  template <class V> static V value(const V& x) { return sigmoid(x); }
  template <class V> static V slope(const V&, const V& y) { return y * (1 - y); }
};

// max(0, x) in this order: the processor's maximum returns its second argument if either is NaN.
struct Relu {
  static constexpr auto name = "relu";
  template <class V> static V value(const V& x) { return max(V(0), x); }
  template <class V> static V slope(const V&, const V& y) { return sign(y); }
};

// x Phi(x), where Phi is the distribution function of the normal distribution (Hendrycks and Gimpel 2016)
struct Gelu {
  static constexpr auto name = "gelu";
  template <class V> static V value(const V& x) { return x * normal_cdf(x); }
  template <class V> static V slope(const V& x, const V&) {
    return normal_cdf(x) + 0.3989422804014327 * x * exp(-0.5 * x * x);  // 1 / sqrt(2 pi)
  }
};

// Phi(x) approximated by (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3)
struct GeluTanh {
  static constexpr auto name = "gelu_tanh";
  template <class V> static V bend(const V& x) { return tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)); }
  template <class V> static V value(const V& x) { return 0.5 * x * (1 + bend(x)); }
  template <class V> static V slope(const V& x, const V&) {
    const V t = bend(x);
    return 0.5 * (1 + t) + 0.3989422804014327 * x * (1 - t * t) * (1 + 0.134145 * x * x);
  }
};

struct Silu {
  static constexpr auto name = "silu";
  template <class V> static V value(const V& x) { return x * sigmoid(x); }
  template <class V> static V slope(const V& x, const V& y) {
    const V s = sigmoid(x);
    return s + y * (1 - s);
  }
};

// log(1 + e^x), arranged so that neither tail overflows
struct Softplus {
  static constexpr auto name = "softplus";
  template <class V> static V value(const V& x) { return max(V(0), x) + log1p(exp(-abs(x))); }
  template <class V> static V slope(const V& x, const V&) { return sigmoid(x); }
};

// ---- values only: their gradients are written in ops/elementwise.cpp ----
struct Copy {
  template <class V> static V value(const V& x) { return x; }
};
struct Sign {
  template <class V> static V value(const V& x) { return sign(x); }
};
struct Affine {  // scale x + shift
  double scale, shift;
  template <class V> V value(const V& x) const { return V(scale) * x + V(shift); }
};
struct Over {  // numerator / x
  double numerator;
  template <class V> V value(const V& x) const { return V(numerator) / x; }
};
struct Power {
  double exponent;
  template <class V> V value(const V& x) const {
    if (exponent == 1) return x;  // exact, and without exp and log
    if (exponent == 2) return x * x;
    if (exponent == 3) return x * x * x;
    return power(x, V(exponent));
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
  template <class V> static V value(const V& a, const V& b) { return power(a, b); }
};
// NaN if either is NaN; written without !=, which xsimd 8.1 takes for false where a side is NaN
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
using WithSlope =
    List<Exp, Log, Log1p, Sqrt, Rsqrt, Abs, Sin, Cos, Tanh, Erf, Sigmoid, Relu, Gelu, GeluTanh, Silu, Softplus>;
using OneArgument = List<Copy, Sign, Affine, Over, Power, Clamp>;
using TwoArguments =
    List<Add, Sub, Mul, Div, Pow, Maximum, Minimum, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual>;
using ThreeArguments = List<Where>;

}  // namespace latent::formula
