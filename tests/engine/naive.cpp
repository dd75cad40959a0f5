#include "tests/engine/naive.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace latent::test::naive {

constexpr double infinity = std::numeric_limits<double>::infinity();

Function each(double (*f)(double)) {
  return [f](In x) { return build(x[0].shape(), [&](const Position& at) { return f(x[0].at(at)); }); };
}

Function each(double (*f)(double, double)) {
  return [f](In x) {
    return build(broadcast_shapes("naive", x[0].shape(), x[1].shape()),
                 [&](const Position& at) { return f(broadcast_at(x[0], at), broadcast_at(x[1], at)); });
  };
}

Shape all_axes(const Tensor& x) {
  Shape axes;
  while (axes.rank() < x.rank()) axes.push_back(axes.rank());
  return axes;
}

Tensor reduce(const Tensor& x, Shape axes, bool keepdim, double (*f)(const Line&)) {
  Shape kept = x.shape(), result;
  for (Index axis : axes) kept[axis] = 1;
  for (Index axis = 0; axis < x.rank(); ++axis)
    if (keepdim || std::count(axes.begin(), axes.end(), axis) == 0) result.push_back(kept[axis]);
  std::vector<Line> groups(size_t(elements(kept)));
  const Shape strides = row_major(kept);
  for_each_position(x.shape(), [&](const Position& at) {
    Index group = 0;
    for (Index axis = 0; axis < x.rank(); ++axis) group += kept[axis] == 1 ? 0 : at[axis] * strides[axis];
    groups[size_t(group)].push_back(x.at(at));
  });
  Line values;
  for (const Line& group : groups) values.push_back(f(group));
  return tensor(values, result, DType::f64);
}

double sum(const Line& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double mean(const Line& x) { return sum(x) / double(x.size()); }
double deviation(const Line& x) {
  const double centre = mean(x);
  double total = 0;
  for (double value : x) total += (value - centre) * (value - centre);
  return total / double(x.size());
}
double variance(const Line& x) { return deviation(x) * double(x.size()) / (double(x.size()) - 1); }
double largest(const Line& x) { return *std::max_element(x.begin(), x.end()); }
double smallest(const Line& x) { return *std::min_element(x.begin(), x.end()); }
double first_largest(const Line& x) { return double(std::max_element(x.begin(), x.end()) - x.begin()); }
double log_sum_exp(const Line& x) {
  if (x.empty()) return -infinity;
  const double most = largest(x);
  double total = 0;
  for (double value : x) total += std::exp(value - most);
  return most + std::log(total);
}

Tensor along(const Tensor& x, Index axis, const std::function<Line(Line)>& f) {
  Shape starts = x.shape();
  starts[axis] = std::min(starts[axis], Index(1));
  const Tensor y = zeros(x.shape(), DType::f64);
  for_each_position(starts, [&](Position at) {
    Line line;
    for (at[axis] = 0; at[axis] < x.size(axis); ++at[axis]) line.push_back(x.at(at));
    line = f(line);
    Index place = 0;
    at[axis] = 0;
    for (Index i = 0; i < x.rank(); ++i) place += at[i] * y.strides()[i];
    for (size_t i = 0; i < line.size(); ++i) y.mutable_data<double>()[place + Index(i) * y.strides()[axis]] = line[i];
  });
  return y;
}

Line log_softmax(Line x) {
  const double lse = log_sum_exp(x);
  for (double& value : x) value -= lse;
  return x;
}

Line softmax(Line x) {
  x = log_softmax(x);
  for (double& value : x) value = std::exp(value);
  return x;
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  Shape shape = broadcast_shapes("naive", a.shape().first(a.rank() - 2), b.shape().first(b.rank() - 2));
  shape.push_back(a.size(-2));
  shape.push_back(b.size(-1));
  return build(shape, [&](const Position& at) {
    Position left = at, right = at;
    const Index i = at.rank() - 2, j = at.rank() - 1;
    double total = 0;
    for (Index k = 0; k < a.size(-1); ++k) {
      left[j] = right[i] = k;
      total += broadcast_at(a, left) * broadcast_at(b, right);
    }
    return total;
  });
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  Shape shape = x.shape();
  shape[shape.rank() - 1] = weight.size(0);
  return build(shape, [&](Position at) {
    const Index out = at.back();
    double total = bias.defined() ? bias.at({out}) : 0;
    for (Index in = 0; in < weight.size(1); ++in) {
      at[at.rank() - 1] = in;
      total += x.at(at) * weight.at({out, in});
    }
    return total;
  });
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options) {
  const Tensor log_p = along(logits, logits.rank() - 1, log_softmax);
  const double smoothing = options.label_smoothing;
  const auto weight = [&](double label) { return options.weight.defined() ? options.weight.at({Index(label)}) : 1; };
  double total = 0, weights = 0;
  for_each_position(logits.shape(), [&](const Position& at) {
    const double label = labels.at(at.first(at.rank() - 1)), share = smoothing / double(logits.size(-1));
    if (options.ignore_index && label == double(*options.ignore_index)) return;
    if (at.back() == 0) weights += weight(label);
    total -= log_p.at(at) * weight(double(at.back())) * ((at.back() == label) * (1 - smoothing) + share);
  });
  return scalar(total / weights, DType::f64);
}

Tensor normalize(const Tensor& x, bool centred, double eps) {
  return along(x, x.rank() - 1, [&](Line line) {
    const double centre = centred ? mean(line) : 0;
    double squares = 0;
    for (double& value : line) squares += (value - centre) * (value - centre);
    for (double& value : line) value = (value - centre) / std::sqrt(squares / double(line.size()) + eps);
    return line;
  });
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const Index group = q.size(1) / k.size(1), N = q.size(2), T = k.size(2);
  const double scale = options.scale.value_or(1 / std::sqrt(double(q.size(3))));
  return build({q.size(0), q.size(1), N, v.size(3)}, [&](const Position& at) {
    const Index b = at[0], h = at[1], n = at[2], e = at[3];
    double above = 0, below = 0, most = -infinity;
    for (int pass = 0; pass < 2; ++pass)  // the largest score first
      for (Index t = 0; t < T; ++t) {
        if (options.causal && t > T - N + n) continue;
        if (options.mask.defined() && broadcast_at(options.mask, {b, h, n, t}) == 0) continue;
        double score = options.bias.defined() ? broadcast_at(options.bias, {b, h, n, t}) : 0;
        if (score == -infinity) continue;
        for (Index d = 0; d < q.size(3); ++d) score += scale * q.at({b, h, n, d}) * k.at({b, h / group, t, d});
        if (pass == 0)
          most = std::max(most, score);
        else
          above += std::exp(score - most) * v.at({b, h / group, t, e}), below += std::exp(score - most);
      }
    return below == 0 ? 0 : above / below;
  });
}

}  // namespace latent::test::naive
