// Elementwise functions: value, and one rule per input.
#include "engine/ops/map.h"
#include "engine/parallel.h"

namespace latent {
namespace {

// The rule of a formula with a slope: g slope, by a kernel, or in Tensors when the gradient is itself recorded.
template <class F> Tensor with_slope(const Tensor& x) {
  const auto rule = [x](const Tensor& g, const Tensor& y) {
    return recording() ? g * F::slope(x, y) : map(F::name, formula::Chain<F>{}, x, y, g);
  };
  return record(F::name, map(F::name, F{}, x), {{x, rule, {x}}});
}

// scale x + shift
Tensor affine(const char* op, const Tensor& x, double scale, double shift) {
  return record(op, map(op, formula::Affine{scale, shift}, x),
                {{x, [scale](const Tensor& g) { return scale == 1 ? g : g * scale; }}});
}

Tensor number(double value, const Tensor& like) { return scalar(value, like.dtype()); }

// g where `hidden` is 0, else 0.  Rules select and do not multiply: a hidden value has gradient 0, even if g is
// infinite or NaN.
Tensor unless(const Tensor& hidden, const Tensor& g) { return where(hidden, number(0, g), g); }

}  // namespace

Tensor exp(const Tensor& x) { return with_slope<formula::Exp>(x); }
Tensor log(const Tensor& x) { return with_slope<formula::Log>(x); }
Tensor log1p(const Tensor& x) { return with_slope<formula::Log1p>(x); }
Tensor sqrt(const Tensor& x) { return with_slope<formula::Sqrt>(x); }
Tensor rsqrt(const Tensor& x) { return with_slope<formula::Rsqrt>(x); }
Tensor abs(const Tensor& x) { return with_slope<formula::Abs>(x); }
Tensor sin(const Tensor& x) { return with_slope<formula::Sin>(x); }
Tensor cos(const Tensor& x) { return with_slope<formula::Cos>(x); }
Tensor tanh(const Tensor& x) { return with_slope<formula::Tanh>(x); }
Tensor erf(const Tensor& x) { return with_slope<formula::Erf>(x); }
Tensor sigmoid(const Tensor& x) { return with_slope<formula::Sigmoid>(x); }
Tensor gelu(const Tensor& x) { return with_slope<formula::Gelu>(x); }
Tensor gelu_tanh(const Tensor& x) { return with_slope<formula::GeluTanh>(x); }
Tensor silu(const Tensor& x) { return with_slope<formula::Silu>(x); }
Tensor softplus(const Tensor& x) { return with_slope<formula::Softplus>(x); }

Tensor sign(const Tensor& x) { return record("sign", map("sign", formula::Sign{}, x), {}); }

Tensor relu(const Tensor& x) {
  return record("relu", map("relu", formula::Relu{}, x),
                {{x, [](const Tensor& g, const Tensor& y) { return where(y.detach(), g, number(0, g)); }}});
}

Tensor pow(const Tensor& x, double exponent) {
  return record("pow", map("pow", formula::PowScalar{exponent}, x),
                {{x,
                  [x, exponent](const Tensor& g) {
                    return exponent == 0 ? unless(number(1, g), g) : g * (pow(x, exponent - 1) * exponent);
                  },
                  {x}}});
}

Tensor clamp(const Tensor& x, double low, double high) {
  if (!(low <= high)) fail("clamp: bounds {} and {}: the first must not be above the second", low, high);
  return record("clamp", map("clamp", formula::Clamp{low, high}, x),
                {{x,
                  [=](const Tensor& g) {
                    const Tensor inside = less_equal(number(low, x), x) * less_equal(x, number(high, x));
                    return where(inside, g, number(0, g));
                  },
                  {x}}});
}

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  const Tensor from = contiguous(x.detach()), y = Tensor::empty(x.shape(), dtype);
  with_type(x.dtype(), [&](auto source) {
    with_type(dtype, [&](auto target) {
      const auto* in = from.data<decltype(source)>();
      auto* out = y.mutable_data<decltype(target)>();
      parallel_for(y.size(), 16384, [&](Index i, Index end) {
        for (; i < end; ++i) out[i] = convert<decltype(target)>("cast", in[i]);
      });
    });
  });
  if (dtype == DType::i64) return record("cast", y, {});
  return record("cast", y, {{x, [type = x.dtype()](const Tensor& g) { return cast(g, type); }}});
}

Tensor operator+(const Tensor& a, const Tensor& b) {
  return record("add", map("add", formula::Add{}, a, b),
                {{a, [](const Tensor& g) { return g; }}, {b, [](const Tensor& g) { return g; }}});
}
Tensor operator-(const Tensor& a, const Tensor& b) {
  return record("sub", map("sub", formula::Sub{}, a, b),
                {{a, [](const Tensor& g) { return g; }}, {b, [](const Tensor& g) { return -g; }}});
}
Tensor operator*(const Tensor& a, const Tensor& b) {
  return record("mul", map("mul", formula::Mul{}, a, b),
                {{a, [b](const Tensor& g) { return g * b; }, {b}}, {b, [a](const Tensor& g) { return g * a; }, {a}}});
}
Tensor operator/(const Tensor& a, const Tensor& b) {
  return record("div", map("div", formula::Div{}, a, b),
                {{a, [b](const Tensor& g) { return g / b; }, {b}},
                 {b, [b](const Tensor& g, const Tensor& y) { return -(g * y / b); }, {b}}});
}

Tensor operator-(const Tensor& x) { return affine("neg", x, -1, 0); }
Tensor operator+(const Tensor& a, double b) { return affine("add", a, 1, b); }
Tensor operator-(const Tensor& a, double b) { return affine("sub", a, 1, -b); }
Tensor operator*(const Tensor& a, double b) { return affine("mul", a, b, 0); }
Tensor operator/(const Tensor& a, double b) { return a / number(b, a); }
Tensor operator+(double a, const Tensor& b) { return affine("add", b, 1, a); }
Tensor operator-(double a, const Tensor& b) { return affine("sub", b, -1, a); }
Tensor operator*(double a, const Tensor& b) { return affine("mul", b, a, 0); }
Tensor operator/(double a, const Tensor& b) {
  return record("div", map("div", formula::ScalarOver{a}, b),
                {{b, [b](const Tensor& g, const Tensor& y) { return -(g * y / b); }, {b}}});
}

// y = a^b: dy/da = b a^(b - 1), but 0 where a = b = 0; dy/db = y log(a), but 0 where a = 0 and b >= 0.
Tensor pow(const Tensor& a, const Tensor& b) {
  return record("pow", map("pow", formula::Pow{}, a, b),
                {{a,
                  [a, b](const Tensor& g) {
                    const Tensor both_zero = equal(a, number(0, a)) * equal(b, number(0, b));
                    return g * b * pow(where(both_zero, number(1, a), a), b - 1);
                  },
                  {a, b}},
                 {b,
                  [a, b](const Tensor& g, const Tensor& y) {
                    const Tensor flat = equal(a, number(0, a)) * greater_equal(b, number(0, b));
                    return unless(flat, g) * y * log(where(flat, number(1, a), a));
                  },
                  {a, b}}});
}

// Equal values get half of the gradient each.  A NaN compares as neither larger nor equal, so both sides get all of it.
Tensor maximum(const Tensor& a, const Tensor& b) {
  const auto halved = [=](const Tensor& g) { return where(equal(a, b), g * 0.5, g); };
  return record("maximum", map("maximum", formula::Maximum{}, a, b),
                {{a, [=](const Tensor& g) { return unless(less(a, b), halved(g)); }, {a, b}},
                 {b, [=](const Tensor& g) { return unless(greater(a, b), halved(g)); }, {a, b}}});
}
Tensor minimum(const Tensor& a, const Tensor& b) {
  const auto halved = [=](const Tensor& g) { return where(equal(a, b), g * 0.5, g); };
  return record("minimum", map("minimum", formula::Minimum{}, a, b),
                {{a, [=](const Tensor& g) { return unless(greater(a, b), halved(g)); }, {a, b}},
                 {b, [=](const Tensor& g) { return unless(less(a, b), halved(g)); }, {a, b}}});
}

Tensor equal(const Tensor& a, const Tensor& b) { return record("equal", map("equal", formula::Equal{}, a, b), {}); }
Tensor not_equal(const Tensor& a, const Tensor& b) {
  return record("not_equal", map("not_equal", formula::NotEqual{}, a, b), {});
}
Tensor less(const Tensor& a, const Tensor& b) { return record("less", map("less", formula::Less{}, a, b), {}); }
Tensor less_equal(const Tensor& a, const Tensor& b) {
  return record("less_equal", map("less_equal", formula::LessEqual{}, a, b), {});
}
Tensor greater(const Tensor& a, const Tensor& b) {
  return record("greater", map("greater", formula::Greater{}, a, b), {});
}
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return record("greater_equal", map("greater_equal", formula::GreaterEqual{}, a, b), {});
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  return record("where", map("where", formula::Where{}, condition, a, b),
                {Input(condition),
                 {a, [condition](const Tensor& g) { return where(condition, g, number(0, g)); }, {condition}},
                 {b, [condition](const Tensor& g) { return where(condition, number(0, g), g); }, {condition}}});
}

}  // namespace latent
