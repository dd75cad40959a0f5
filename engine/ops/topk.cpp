// The k largest or smallest values along an axis.  gather() picks the values and has the gradient.
#include <algorithm>
#include <numeric>

#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {
namespace {

// Whether a comes before b.  NaN counts as larger than every number, and as equal to NaN.
template <class T> bool precedes(T a, T b, bool largest) {
  const bool is_nan_a = a != a, is_nan_b = b != b;
  if (is_nan_a || is_nan_b) return largest ? is_nan_a && !is_nan_b : is_nan_b && !is_nan_a;
  return largest ? a > b : a < b;
}

template <class T> void first_of_row(const T* x, Index n, Index k, bool largest, Index* indices) {
  std::vector<Index> order(count_of("topk", n), 0);
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](Index i, Index j) {
    return precedes(x[i], x[j], largest) || (!precedes(x[j], x[i], largest) && i < j);
  });
  std::copy_n(order.begin(), k, indices);
}

}  // namespace

TopK topk(const Tensor& x, Index k, Index axis, bool largest) {
  const Index given_axis = axis;
  axis = normalize_axis("topk", given_axis, x.rank());
  const Index n = x.size(axis);
  if (k < 0 || k > n)
    fail("topk: {} values of axis {} of shape {}, and 0 to {} are there", k, given_axis, x.shape(), n);
  const Tensor from = contiguous(transpose(x.detach(), axis, -1));
  Shape shape = from.shape();
  shape[shape.rank() - 1] = k;
  const Tensor chosen = Tensor::empty(shape, DType::i64);
  with_type(x.dtype(), [&](auto zero) {
    const auto* rows = from.data<decltype(zero)>();
    Index* to = chosen.mutable_data<Index>();
    parallel_for(k > 0 ? chosen.size() / k : 0, std::max(Index(1), 4096 / std::max(Index(1), n)),
                 [&](Index i, Index end) {
                   for (; i < end; ++i) first_of_row(rows + i * n, n, k, largest, to + i * k);
                 });
  });
  const Tensor indices = contiguous(transpose(chosen, axis, -1));
  return {gather(x, axis, indices), indices};
}

}  // namespace latent
