#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

double warm_up_cosine(Index step, Index steps, Index warm_up, double peak) {
  if (step < warm_up) return peak * double(step + 1) / double(warm_up + 1);
  const double done = double(step - warm_up) / double(steps - warm_up);
  return peak * (1 + std::cos(M_PI * done)) / 2;
}

// Along each axis: zeros where the image has moved away, and the part of it that is still inside.
Tensor shifted(const Tensor& image, Index down, Index right) {
  const auto along = [](const Tensor& x, Index axis, Index by) {
    const Index size = x.size(axis), kept = std::max<Index>(0, size - std::abs(by));
    Shape shape = x.shape();
    shape[axis] = size - kept;
    const Tensor gap = zeros(shape, x.dtype());
    if (by >= 0) return concat({gap, slice(x, axis, 0, kept)}, axis);
    return concat({slice(x, axis, size - kept, size), gap}, axis);
  };
  return along(along(image, 0, down), 1, right);
}

Tensors average(const std::vector<Tensors>& weights, double decay) {
  Tensors mean = weights.front();
  for (const Tensors& next : weights)
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = decay * mean[i] + (1 - decay) * next[i];
  return mean;
}

// Level by level: a sum whose neighbour belongs to another process stays, the others are added in pairs.
std::vector<TreeSum> own_sums(const std::vector<float>& values, Index begin, Index end) {
  std::vector<TreeSum> done;
  std::vector<float> sums(values.begin() + begin, values.begin() + end);
  for (Index level = 0, nodes = std::ssize(values); !sums.empty(); ++level, nodes = (nodes + 1) / 2) {
    if (begin % 2 == 1 || nodes == 1) {
      done.push_back({level, begin++, sums.front()});
      sums.erase(sums.begin());
    }
    if (!sums.empty() && end % 2 == 1 && end < nodes) {
      done.push_back({level, --end, sums.back()});
      sums.pop_back();
    }
    std::vector<float> next;
    for (std::size_t i = 0; i < sums.size(); i += 2)
      next.push_back(i + 1 < sums.size() ? sums[i] + sums[i + 1] : sums[i]);
    sums = next;
    begin /= 2, end = (end + 1) / 2;
  }
  return done;
}

}  // namespace latent::tour
