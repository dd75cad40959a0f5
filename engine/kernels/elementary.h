// Elementary functions on SIMD registers.  They replace functions of xsimd that are less exact, have a smaller range
// than libm's, or let the bits of a value depend on its neighbours in the register.  Their errors are in docs/ops.md.
//
// They are overloads for LATENT_ARCH in the namespace of the registers, so that formulas.h finds them before xsimd's.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/kernels/simd.h"

namespace latent::kernels {
namespace {

template <class V>
concept SinglePrecision = std::is_same_v<typename V::value_type, float>;

// c[0] + c[1] x + c[2] x^2 + ...
template <class V, std::size_t N> V polynomial(const V& x, const double (&c)[N]) {
  using T = typename V::value_type;
  V sum = V(T(c[N - 1]));
  for (std::size_t i = N - 1; i-- > 0;) sum = multiply_add(sum, x, V(T(c[i])));
  return sum;
}

// A constant c for rounding: x + c holds the whole number nearest to x in its low bits, and (x + c) - c is that number.
template <class V> constexpr typename V::value_type rounder = 3 * (SinglePrecision<V> ? 0x1p22 : 0x1p51);

template <class V> V rounded(const V& x) { return (x + V(rounder<V>)) - V(rounder<V>); }

// 2^n for whole n, where it is a normal number: n is shifted into the bits of the exponent.
template <class V> V power_of_two(const V& n) {
  using T = typename V::value_type;
  using Bits = std::conditional_t<SinglePrecision<V>, std::uint32_t, std::uint64_t>;
  typedef Bits Integers __attribute__((vector_size(sizeof(V))));
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  constexpr Bits bias = std::numeric_limits<T>::max_exponent - 1;
  const typename V::register_type sum = n + V(rounder<V>);
  return V(typename V::register_type((Integers(sum) + bias) << mantissa));
}

// y 2^n, rounded once where the result is subnormal
template <class V> V scaled(const V& y, const V& n) {
#ifdef __AVX512F__
  if constexpr (SinglePrecision<V>)
    return _mm512_scalef_ps(y, n);
  else
    return _mm512_scalef_pd(y, n);
#else
  const V half = rounded(n * V(0.5f));
  return y * power_of_two(half) * power_of_two(n - half);
#endif
}

// The exact x^2 - h, for h = x^2 rounded
template <class V> V square_error(const V& x, const V& h) {
#if defined __FMA__ || defined __ARM_FEATURE_FMA
  return multiply_add(x, x, -h);
#else  // Dekker 1971: the products of halves are exact
  const V shifted = x * V(SinglePrecision<V> ? 0x1p12f + 1 : 0x1p27f + 1);
  const V high = shifted - (shifted - x), low = x - high;
  return ((high * high - h) + V(2) * high * low) + low * low;
#endif
}

// e^x = 2^n e^r with n = round(x / ln 2) and |r| <= ln 2 / 2; ln 2 in two parts, so that r is exact.  The polynomial is
// (e^r - 1 - r) / r^2: fitted to 3e-9 for f32, Taylor's for f64.
template <class V> [[gnu::always_inline]] inline V exponential(const V& x) {
  constexpr double f32[] = {0.499999934, 0.166665206, 4.16683881e-2, 8.36871700e-3, 1.38145986e-3};
  constexpr double f64[] = {1. / 2,     1. / 6,      1. / 24,      1. / 120,      1. / 720,       1. / 5040,
                            1. / 40320, 1. / 362880, 1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800};
  constexpr bool single = SinglePrecision<V>;
  const V bounded = min(V(single ? 89 : 710), max(V(single ? -105 : -746), x));  // NaN stays NaN: the second argument
  const V n = rounded(bounded * V(1.4426950408889634));
  V r = multiply_add(n, V(single ? -0.693359375 : -6.93147180369123816490e-01), bounded);
  r = multiply_add(n, V(single ? 2.12194440e-4 : -1.90821492927058770002e-10), r);
  V p;
  if constexpr (single)
    p = polynomial(r, f32);
  else
    p = polynomial(r, f64);
  return scaled(multiply_add(r * r, p, r) + V(1), n);
}

// e^(factor x^2) for |x| <= 40, factor -1 or -1/2.  Corrects the rounding of x^2: an error of x^2 units in the last
// place.
template <class V> [[gnu::always_inline]] inline V exponential_of_square(const V& x, double factor) {
  const V square = x * x, e = exponential(V(factor) * square);
  return multiply_add(e, V(factor) * square_error(x, square), e);
}

// erfcx(x) = e^(x^2) erfc(x) for 0 <= x <= 40: (1 + 2 x) erfcx(x) as a polynomial of (x - 3) / (x + 3) (Shepherd and
// Laframboise 1981), fitted to 6e-8 for f32 up to 9.7 and to 7e-17 for f64 up to 27.5, where erfc underflows.
template <class V> [[gnu::always_inline]] inline V scaled_erfc(const V& x) {
  constexpr double f32[] = {1.25300806,    -0.135621137,  -0.0475622494, 0.129646416,     -0.119273326,   0.0682942305,
                            -0.0237857649, 0.00258137612, 0.00198634027, -0.000808919881, -0.000281091146};
  constexpr double f64[] = {
      1.2530080582697296,     -0.13562110612458067,    -0.047562294353446707,   0.12964515870270443,
      -0.11927366341551179,   0.068308027345841849,    -0.023770514914554265,   0.002529391787669092,
      0.0018886903150891136,  -0.00077983203254647511, -0.00010515950712088183, 0.00012509812224376389,
      4.9482018665564796e-06, -2.0096529953503006e-05, -7.2768869661579e-07,    3.4637798916718807e-06,
      3.4908866785504095e-07, -6.0471800344441541e-07, -1.3113322169787245e-07, 9.1651635298453785e-08,
      3.287068163369429e-08,  -8.4340016556519739e-09, -4.1825825144926719e-09};
  const V above = x + V(3), below = V(1) + V(2) * x, inverse = V(1) / (above * below);  // one division for both
  const V q = (x - V(3)) * below * inverse;
  V p;
  if constexpr (SinglePrecision<V>)
    p = polynomial(q, f32);
  else
    p = polynomial(q, f64);
  return p * above * inverse;
}

// Taylor's series of erf near 0: x times the sum over n < Terms of 2 / sqrt(pi) (-x^2)^n / (n! (2 n + 1))
template <std::size_t Terms, class V> [[gnu::always_inline]] inline V erf_series(const V& x) {
  struct Series {
    double c[Terms];
    constexpr Series() {
      double factor = 1.1283791670955126;  // 2 / sqrt(pi)
      for (std::size_t n = 0; n < Terms; ++n, factor /= -double(n)) c[n] = factor / double(2 * n + 1);
    }
  };
  constexpr Series series;
  return x * polynomial(x * x, series.c);
}

// f(x...) of f32 in f64: the result is rounded once.
template <class F, class V, class... More> V widened(const F& f, const V& x, const More&... more) {
  using Wide = xsimd::batch<double, LATENT_ARCH>;
  const auto lanes = [](const V& narrow, Index from) {
    alignas(64) float values[V::size];
    alignas(64) double wide[Wide::size];
    narrow.store_aligned(values);
    for (Index i = 0; i < Index(Wide::size); ++i) wide[i] = values[from + i];
    return Wide::load_aligned(wide);
  };
  alignas(64) float results[V::size];
  for (Index from = 0; from < Index(V::size); from += Wide::size) {
    alignas(64) double wide[Wide::size];
    f(lanes(x, from), lanes(more, from)...).store_aligned(wide);
    for (Index i = 0; i < Index(Wide::size); ++i) results[from + i] = float(wide[i]);
  }
  return V::load_aligned(results);
}

// The sine of x + turns pi / 2; turns is 0, or 1 for the cosine.  x = n pi / 2 + r with |r| <= pi / 4, and pi / 2 in
// three parts, the first two of 33 bits: exact for |x| <= 1000.  `far` has more digits and computes larger values one
// by one.
template <class V, class Far> V sine(const V& x, double turns, Far far) {
  constexpr double odd[] = {-1. / 6,        1. / 120,         -1. / 5040,          1. / 362880,
                            -1. / 39916800, 1. / 6227020800., -1. / 1307674368000, 1. / 355687428096000};
  constexpr double even[] = {-1. / 2,       1. / 24,        -1. / 720,         1. / 40320,
                             -1. / 3628800, 1. / 479001600, -1. / 87178291200, 1. / 20922789888000};
  const auto near = abs(x) <= V(1000);
  const V bounded = select(near, x, V(0)), n = rounded(bounded * V(0.63661977236758134));
  const V most = bounded - n * V(1.57079632673412561417e+00), second = n * V(6.07710050630396597660e-11);
  const V rest = most - second;
  const V r = rest + (((most - rest) - second) - n * V(2.02226624879595063154e-21)), square = r * r;
  const V quadrant = n + V(turns), half = floor(quadrant * V(0.5)), quarter = half * V(0.5);
  const V cosine = multiply_add(square, polynomial(square, even), V(1));
  const V value = select(half + half == quadrant, multiply_add(r * square, polynomial(square, odd), r), cosine);
  V y = select(floor(quarter) == quarter, value, -value);
  if (all(near)) return y;
  alignas(64) double from[V::size], to[V::size], each[V::size];
  x.store_aligned(from);
  y.store_aligned(to);
  for (std::size_t i = 0; i < V::size; ++i)
    if (!(std::abs(from[i]) <= 1000)) {
      far(V(from[i])).store_aligned(each);
      to[i] = each[0];
    }
  return V::load_aligned(to);
}

}  // namespace
}  // namespace latent::kernels

namespace xsimd {

template <class T> [[gnu::always_inline]] static inline batch<T, LATENT_ARCH> exp(const batch<T, LATENT_ARCH>& x) {
  return latent::kernels::exponential(x);
}

// xsimd's log, with subnormal numbers scaled up first, because xsimd takes them for 0 in f64
template <class T> static inline batch<T, LATENT_ARCH> log(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  const auto tiny = x < V(std::numeric_limits<T>::min());
  return log<T, LATENT_ARCH>(select(tiny, x * V(T(0x1p54)), x)) -
         select(tiny, V(T(54 * 0.693147180559945309)), V(T(0)));
}

static inline batch<double, LATENT_ARCH> sin(const batch<double, LATENT_ARCH>& x) {
  return latent::kernels::sine(x, 0, [](const auto& each) { return sin<double, LATENT_ARCH>(each); });
}
static inline batch<double, LATENT_ARCH> cos(const batch<double, LATENT_ARCH>& x) {
  return latent::kernels::sine(x, 1, [](const auto& each) { return cos<double, LATENT_ARCH>(each); });
}
static inline batch<float, LATENT_ARCH> sin(const batch<float, LATENT_ARCH>& x) {
  return latent::kernels::widened([](const auto& wide) { return sin(wide); }, x);
}
static inline batch<float, LATENT_ARCH> cos(const batch<float, LATENT_ARCH>& x) {
  return latent::kernels::widened([](const auto& wide) { return cos(wide); }, x);
}

// Beyond |x| = 1 it is 1 - erfc(|x|), because erfc is small there.
template <class T> static inline batch<T, LATENT_ARCH> erf(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  const V size = min(V(40), abs(x));
  const V far = V(1) - latent::kernels::exponential_of_square(size, -1) * latent::kernels::scaled_erfc(size);
  const V near = latent::kernels::erf_series < latent::kernels::SinglePrecision<V> ? 11 : 20 > (size);
  return copysign(select(size < V(1), near, far), x);
}

// Phi, the distribution function of the normal distribution, and its density
template <class T> static inline batch<T, LATENT_ARCH> normal_cdf(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  const V size = min(V(40), abs(x)), z = size * V(0.7071067811865476);
  const V tail = V(0.5) * latent::kernels::exponential_of_square(size, -0.5) * latent::kernels::scaled_erfc(z);
  const V centre = copysign(latent::kernels::erf_series < latent::kernels::SinglePrecision<V> ? 7 : 13 > (z), x);
  return select(size < V(0.67), V(0.5) + V(0.5) * centre, select(x < V(0), tail, V(1) - tail));
}
template <class T> static inline batch<T, LATENT_ARCH> normal_density(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  return V(0.3989422804014327) * latent::kernels::exponential_of_square(min(V(40), abs(x)), -0.5);
}
// e^(-x^2)
template <class T> static inline batch<T, LATENT_ARCH> gaussian(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  return latent::kernels::exponential_of_square(min(V(40), abs(x)), -1);
}

// 1 / (1 + e^-x), and its slope: neither overflows, and small results keep their digits
template <class T> static inline batch<T, LATENT_ARCH> sigmoid(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  const V e = exp(-abs(x));
  return select(x < V(0), e, V(1)) / (V(1) + e);
}
template <class T> static inline batch<T, LATENT_ARCH> sigmoid_slope(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  const V e = exp(-abs(x)), sum = V(1) + e;
  return e / (sum * sum);
}

template <class T> static inline batch<T, LATENT_ARCH> bounded(const batch<T, LATENT_ARCH>& x) {
  using V = batch<T, LATENT_ARCH>;
  return min(V(1000), max(V(-1000), x));
}

// a^b with the special cases of C's pow(); f64 by libm
static inline batch<double, LATENT_ARCH> pow(const batch<double, LATENT_ARCH>& a, const batch<double, LATENT_ARCH>& b) {
  using V = batch<double, LATENT_ARCH>;
  alignas(64) double bases[V::size], exponents[V::size];
  a.store_aligned(bases);
  b.store_aligned(exponents);
  for (std::size_t i = 0; i < V::size; ++i) bases[i] = std::pow(bases[i], exponents[i]);
  return V::load_aligned(bases);
}
static inline batch<float, LATENT_ARCH> pow(const batch<float, LATENT_ARCH>& a, const batch<float, LATENT_ARCH>& b) {
  using V = batch<float, LATENT_ARCH>;
  const V size = latent::kernels::widened([](const auto& x, const auto& y) { return exp(y * log(x)); }, abs(a), b);
  const V half = b * V(0.5f);
  const auto whole = trunc(b) == b, odd = whole && trunc(half) != half;
  const auto negative = a < V(0.0f) || (a == V(0.0f) && V(1.0f) / a < V(0.0f));
  const V y = select(negative && odd, -size, size);
  const V finite = select(a < V(0.0f) && abs(a) < V(std::numeric_limits<float>::infinity()) && !whole,
                          V(std::numeric_limits<float>::quiet_NaN()), y);
  return select(b == V(0.0f) || a == V(1.0f), V(1.0f), finite);
}

}  // namespace xsimd
