// How exact the elementwise functions are over their range, in units of the last place.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/engine/op_table.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

using Real = long double;

struct Claim {
  const char* name;
  Tensor (*op)(const Tensor&);
  Real (*exact)(Real);
  double low, high;  // of the sweep, which is logarithmic above 0
  double units;      // the largest error, in units of the last place of the result ...
  double floor = 0;  // ... or of this number, if the result is smaller
};

std::vector<double> sweep(const Claim& claim) {
  constexpr int steps = 3000;
  std::vector<double> x;
  for (double at = 0; at <= 1; at += 1.0 / steps)
    x.push_back(claim.low > 0 ? claim.low * std::pow(claim.high / claim.low, at)
                              : claim.low + (claim.high - claim.low) * at);
  return x;
}

template <class T> double worst_error(const Claim& claim) {
  const Tensor x = tensor(sweep(claim), dtype_of<T>), y = claim.op(x);
  const Real floor = std::max(Real(claim.floor), Real(std::numeric_limits<T>::min()));
  double worst = 0;
  for (Index i = 0; i < x.size(); ++i) {
    const Real exact = claim.exact(x.at({i})),
               unit = std::max(std::abs(exact), floor) * std::numeric_limits<T>::epsilon();
    const double error = double(std::abs(y.at({i}) - exact) / unit);
    if (!(error <= worst)) worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
  }
  return worst;
}

Real phi(Real x) { return 0.5L * std::erfc(-x / std::sqrt(2.0L)); }
Real bend(Real x) { return std::tanh(0.79788456080286535588L * (x + 0.044715L * x * x * x)); }
Real logistic(Real x) { return 1 / (1 + std::exp(-x)); }

const Claim claims[] = {
    {"exp", exp, std::exp, -87, 88, 1.5},
    {"log", log, std::log, 1e-37, 1e37, 1},
    {"log1p", log1p, std::log1p, -0.99, 10, 1},
    {"log1p, small and large", log1p, std::log1p, 1e-30, 1e30, 1},
    {"sin", sin, std::sin, -20, 20, 1.5},
    {"sin of large numbers", sin, std::sin, 10, 1e15, 1.5},
    {"cos", cos, std::cos, -20, 20, 1.5},
    {"tanh", tanh, std::tanh, -12, 12, 1.5},
    {"tanh, small", tanh, std::tanh, 1e-20, 1, 1.5},
    {"erf", erf, std::erf, -6, 6, 40},
    {"sigmoid", sigmoid, logistic, -80, 20, 2},
    {"silu", silu, [](Real x) { return x * logistic(x); }, -80, 20, 2},
    {"softplus", softplus, [](Real x) { return std::log1p(std::exp(x)); }, -80, 50, 1.5},
    {"gelu", gelu, [](Real x) { return x * phi(x); }, -12, 12, 60, 1},
    {"gelu_tanh", gelu_tanh, [](Real x) { return 0.5L * x * (1 + bend(x)); }, -12, 12, 6, 1},
    {"sqrt", sqrt, std::sqrt, 1e-37, 1e37, 0.5},
    {"rsqrt", rsqrt, [](Real x) { return 1 / std::sqrt(x); }, 1e-37, 1e37, 1},
    {"x^1", [](const Tensor& x) { return pow(x, 1); }, [](Real x) { return x; }, -9, 9, 0},
    {"x^2", [](const Tensor& x) { return pow(x, 2); }, [](Real x) { return x * x; }, -9, 9, 0.5},
    {"x^3", [](const Tensor& x) { return pow(x, 3); }, [](Real x) { return x * x * x; }, -9, 9, 1},
    {"x^-1.5", [](const Tensor& x) { return pow(x, -1.5); }, [](Real x) { return 1 / (x * std::sqrt(x)); }, 1e-8, 1e8,
     25},
};

}  // namespace

TEST_CASE("accuracy: elementwise functions at every level, in both types") {
  for_each_level([](const std::string& level) {
    for (const Claim& claim : claims) {
      INFO(claim.name << " at " << level);
      CHECK(worst_error<float>(claim) <= claim.units);
      CHECK(worst_error<double>(claim) <= claim.units);
    }
  });
}
