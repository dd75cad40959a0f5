#include "tests/engine/accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace latent::test {
namespace {

constexpr Real infinity = std::numeric_limits<Real>::infinity();

Real phi(Real x) { return 0.5L * std::erfc(-x / std::sqrt(2.0L)); }
Real density(Real x) { return 0.398942280401432677939946059934L * std::exp(-x * x / 2); }
Real logistic(Real x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
Real logistic_slope(Real x) { return logistic(x) * logistic(-x); }
Real twice_u(Real x) { return 1.59576912160573071175978423974L * (x + 0.044715L * x * x * x); }
Real times(Real x, Real y) { return y == 0 ? 0 : x * y; }  // also for infinite x

template <Tensor (*f)(const Tensor&)> Tensor slope(const Tensor& x) {
  Tensor leaf = x.detach();
  leaf.require_grad();
  return grad(sum(f(leaf)), {leaf})[0];
}

// Of a random sample in every binade, with more of them around 1, of both signs.
template <class T> std::vector<double> sweep() {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 random(1);
  std::vector<double> all{0, -0.0, double(infinity), -double(infinity)};
  for (int exponent = Limits::min_exponent - Limits::digits; exponent <= Limits::max_exponent; ++exponent)
    for (int i = std::abs(exponent) < 12 ? 2000 : 40; i > 0; --i) {
      const double fraction = 0.5 + 0.5 * std::ldexp(double(random() >> 11), -53);
      const T x = T(std::ldexp(fraction, exponent));
      if (std::isfinite(x)) all.insert(all.end(), {double(x), -double(x)});
    }
  return all;
}

// The distance of two numbers of type T next to the exact result
template <class T> Real unit_at(Real exact) {
  using Limits = std::numeric_limits<T>;
  if (std::abs(exact) < Real(Limits::min())) return Limits::denorm_min();
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(1.0L, exponent - Limits::digits);
}

template <class T> double error_of(T result, Real exact, Real unit) {
  if (std::isnan(result) || std::isnan(exact)) return std::isnan(result) && std::isnan(exact) ? 0 : INFINITY;
  if (std::isinf(result) || std::isinf(T(exact))) return result == T(exact) ? 0 : INFINITY;
  return double(std::abs(Real(result) - exact) / unit);
}

template <class T> Worst worst(const Accuracy& a, double smallest) {
  static const std::vector<double> points = sweep<T>();
  static std::map<const Accuracy*, std::vector<Real>> exact_results;
  std::vector<Real>& exact = exact_results[&a];
  if (exact.empty())
    for (const double x : points) exact.push_back(a.exact(x));
  const Tensor y = contiguous(a.value(tensor(points, dtype_of<T>)));
  Worst found{0, 0};
  for (size_t i = 0; i < points.size(); ++i) {
    const bool at_root = -2 < points[i] && points[i] < 0;
    const Real least =
        std::max(unit_at<T>(at_root ? a.floor : 0), Real(smallest) * std::numeric_limits<T>::denorm_min());
    const double error = error_of(y.data<T>()[i], exact[i], std::max(unit_at<T>(exact[i]), least));
    if (error > found.error) found = {error, points[i]};
  }
  return found;
}

template <class T> Worst worst_pow() {
  std::mt19937_64 random(2);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * std::ldexp(double(random() >> 11), -53);
  };
  const double range = std::numeric_limits<T>::max_exponent;
  std::vector<double> a, b;
  for (int i = 0; i < 40000; ++i) {  // results over the whole range, from bases near 1 and far from it
    const double base = T(std::exp2(uniform(-range, range) * std::pow(uniform(0, 1), 8)));
    const double power = T(uniform(-1.1, 1.1) * range / std::max(1e-3, std::abs(std::log2(base))));
    const bool whole = i % 4 == 0;
    a.push_back(whole && i % 8 == 0 ? -base : base);
    b.push_back(whole ? std::round(power) : power);
  }
  const Tensor y = pow(tensor(a, dtype_of<T>), tensor(b, dtype_of<T>));
  Worst found{0, 0};
  for (size_t i = 0; i < a.size(); ++i) {
    const Real exact = std::pow(Real(a[i]), Real(b[i]));
    const double error = error_of(y.data<T>()[i], exact, unit_at<T>(exact));
    if (error > found.error) found = {error, a[i]};
  }
  return found;
}

constexpr const char* root = "slope near its zero at x = -0.75: in units of 1/8";

}  // namespace

const std::vector<Accuracy>& accuracies() {
  // clang-format off
  static const std::vector<Accuracy> all = {
      {"exp", false, exp, std::exp, {1, 1}},
      {"log", false, log, std::log, {0.9, 0.8}},
      {"log", true, slope<log>, [](Real x) { return 1 / x; }, {0.5, 0.5}},
      {"log1p", false, log1p, std::log1p, {0.8, 0.9}},
      {"log1p", true, slope<log1p>, [](Real x) { return 1 / (1 + x); }, {1.5, 1.5}},
      {"sqrt", false, sqrt, std::sqrt, {0.5, 0.5}},
      {"sqrt", true, slope<sqrt>, [](Real x) { return 0.5L / std::sqrt(x); }, {1.5, 1.5}},
      {"rsqrt", false, rsqrt, [](Real x) { return 1 / std::sqrt(x); }, {1.5, 1.5}},
      {"rsqrt", true, slope<rsqrt>, [](Real x) { return -0.5L / std::sqrt(x) / x; }, {2, 2}},
      {"sin", false, sin, std::sin, {0.6, 1.5}},
      {"sin", true, slope<sin>, std::cos, {0.6, 1.5}},
      {"cos", false, cos, std::cos, {0.6, 1.5}},
      {"cos", true, slope<cos>, [](Real x) { return -std::sin(x); }, {0.6, 1.5}},
      {"tanh", false, tanh, std::tanh, {1.5, 1.5}},
      {"tanh", true, slope<tanh>, [](Real x) { return 4 * logistic_slope(2 * x); }, {4, 4}},
      {"erf", false, erf, std::erf, {2.5, 2}},
      {"erf", true, slope<erf>, [](Real x) { return 1.12837916709551257389615890312L * std::exp(-x * x); }, {3, 2.5}},
      {"sigmoid", false, sigmoid, logistic, {2.5, 2.5}},
      {"sigmoid", true, slope<sigmoid>, logistic_slope, {3.5, 3.5}},
      {"gelu", false, gelu, [](Real x) { return times(x, phi(x)); }, {6, 6}, {16, 40},
       0, "below -13 (f32) and -37 (f64) Phi(x) is subnormal"},
      {"gelu", true, slope<gelu>, [](Real x) { return phi(x) + times(x, density(x)); }, {6, 6}, {16, 40}, 0.125, root},
      {"gelu_tanh", false, gelu_tanh, [](Real x) { return times(x, logistic(twice_u(x))); }, {170, 1500}, {16, 40},
       0, "below -5, where e^(2u) magnifies the rounding of u"},
      {"gelu_tanh", true, slope<gelu_tanh>,
       [](Real x) {
         const Real u = twice_u(x);
         return logistic(u) + times(times(x, 1.59576912160573071175978423974L * (1 + 0.134145L * x * x)), logistic_slope(u));
       }, {170, 1600}, {16, 40}, 0.125, root},
      {"silu", false, silu, [](Real x) { return times(x, logistic(x)); }, {3, 3}, {110, 750},
       0, "below -87 (f32) and -708 (f64) the sigmoid is subnormal"},
      {"silu", true, slope<silu>, [](Real x) { return logistic(x) + times(x, logistic_slope(x)); }, {5, 5}, {110, 750}, 0.125,
       "slope near its zero at x = -1.28: in units of 1/8"},
      {"softplus", false, softplus, [](Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }, {2, 1.6}},
      {"softplus", true, slope<softplus>, logistic, {2.5, 2.5}},
  };
  // clang-format on
  return all;
}

Worst worst_error(const Accuracy& accuracy, DType dtype) {
  return dtype == DType::f32 ? worst<float>(accuracy, accuracy.smallest.f32)
                             : worst<double>(accuracy, accuracy.smallest.f64);
}

Worst worst_pow_error(DType dtype) { return dtype == DType::f32 ? worst_pow<float>() : worst_pow<double>(); }

std::string accuracy_table() {
  std::string text = "| function | f32 | f64 | slope, f32 | slope, f64 | |\n|---|---|---|---|---|---|\n";
  for (const Accuracy& value : accuracies()) {
    if (value.slope) continue;
    const auto slope = std::ranges::find_if(
        accuracies(), [&](const Accuracy& each) { return each.slope && std::string(each.op) == value.op; });
    std::string slopes = " as the value | as the value |", note = value.note;
    if (slope != accuracies().end()) {
      slopes = fmt::format(" {} | {} |", slope->bounds.f32, slope->bounds.f64);
      if (*slope->note) note += (note.empty() ? "" : "; ") + std::string(slope->note);
    }
    text += fmt::format("| `{}` | {} | {} |{} {} |\n", value.op, value.bounds.f32, value.bounds.f64, slopes, note);
  }
  return text + fmt::format("| `pow` | {} | {} | – | – | f64: by libm |\n", pow_bounds.f32, pow_bounds.f64);
}

}  // namespace latent::test
