#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

double numeric_slope(const std::function<double(double)>& f, double x) {
  constexpr double h = 1e-5;
  return (f(x + h) - f(x - h)) / (2 * h);
}

// The rule is written in operations on x itself, so it can be differentiated again.
Tensor cube(const Tensor& x) {
  const Tensor plain = x.detach();
  return record("cube", plain * plain * plain, {{x, [x](const Tensor& g) { return g * 3 * x * x; }, {x}}});
}

// x[i] is a term of y[i] and of every later y: its gradient is the sum of g from i to the end.
static Tensor summed(const Tensor& x, bool from_end) {
  const std::vector<double> from = x.values();
  std::vector<double> sums(from.size());
  double sum = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t at = from_end ? from.size() - 1 - i : i;
    sums[at] = sum += from[at];
  }
  return record("cumulative_sum", tensor(sums, x.dtype()),
                {{x, [=](const Tensor& g) { return summed(g, !from_end); }}});
}
Tensor cumulative_sum(const Tensor& x) { return summed(x, false); }

}  // namespace latent::tour
