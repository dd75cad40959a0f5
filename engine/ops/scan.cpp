// Running sums along an axis, in double.  The rounding error of each addition is kept and added to the result (Knuth's
// two-sum), so that a long row is as exact as a short one.
#include <algorithm>
#include <cmath>

#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {
namespace {

template <class T> void running_sum(const T* x, Index n, T* y) {
  double total = 0, lost = 0;
  for (Index i = 0; i < n; ++i) {
    const double next = total + x[i], added = next - total, error = (total - (next - added)) + (x[i] - added);
    if (std::isfinite(error)) lost += error;  // it is NaN where the sum is infinite or NaN
    total = next;
    y[i] = T(total + lost);
  }
}

}  // namespace

Tensor cumsum(const Tensor& x, Index axis) {
  axis = normalize_axis("cumsum", axis, x.rank());
  if (axis != x.rank() - 1) return transpose(cumsum(transpose(x, axis, -1)), axis, -1);
  const Tensor from = contiguous(x.detach()), y = Tensor::empty(x.shape(), x.dtype());
  const Index n = x.size(axis), rows = n > 0 ? x.size() / n : 0;
  with_float("cumsum", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = y.mutable_data<T>();
    parallel_for(rows, std::max(Index(1), 4096 / std::max(Index(1), n)), [&](Index i, Index end) {
      for (; i < end; ++i) running_sum(from.data<T>() + i * n, n, to + i * n);
    });
  });
  return record("cumsum", y, {{x, [](const Tensor& g) { return flip(cumsum(flip(g, -1)), -1); }}});
}

}  // namespace latent
