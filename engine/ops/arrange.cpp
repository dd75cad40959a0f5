// Rearranging: compositions of views, joining and indexing, whose gradients serve; and triangles of matrices.
#include <algorithm>

#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {

Tensor flip(const Tensor& x, const Axes& axes) {
  Tensor y = x;
  Shape is_flipped = Shape::filled(x.rank(), 0);
  for (Index each : axes.list) {
    const Index axis = normalize_axis("flip", each, x.rank());
    if (is_flipped[axis]++) fail("flip: axis {} is named twice", each);
    y = index_select(y, axis, arange(double(x.size(axis) - 1), -1, -1, DType::i64));
  }
  return y;
}

Tensor pad(const Tensor& x, const std::vector<Padding>& amounts, double value) {
  if (Index(amounts.size()) != x.rank())
    fail("pad: {} amounts for a tensor of shape {}, and {} are needed", amounts.size(), x.shape(), x.rank());
  Tensor y = x;
  for (Index axis = 0; axis < x.rank(); ++axis) {
    const auto [before, after] = amounts[size_t(axis)];
    const Index n = x.size(axis), begin = before < 0 ? -std::max(before, -n - 1) : 0;
    if (begin > n || after < begin - n)
      fail("pad: {} before and {} after axis {} of shape {} leave a negative size", before, after, axis, x.shape());
    if (before < 0 || after < 0) y = slice(y, axis, begin, n + std::min(after, Index(0)));
    Shape shape = y.shape();
    const auto constant = [&](Index amount) {
      shape[axis] = amount;
      return full(shape, value, x.dtype());
    };
    if (before > 0) y = concat({constant(before), y}, axis);
    if (after > 0) y = concat({y, constant(after)}, axis);
  }
  return y;
}

Tensor tile(const Tensor& x, const Shape& repeats) {
  Tensor y = x;
  while (y.rank() < repeats.rank()) y = unsqueeze(y, 0);
  for (Index i = 1; i <= repeats.rank(); ++i) {
    const Index axis = y.rank() - i, count = repeats[repeats.rank() - i];
    if (count < 0) fail("tile: repeats {}, and 0 or more are possible", repeats);
    Shape shape = y.shape();
    const Index outer = elements(shape.first(axis)), rest = elements(shape.last(i));
    shape[axis] = elements({shape[axis], count});  // Error if it is too large
    y = reshape(broadcast_to(reshape(y, {outer, 1, rest}), {outer, count, rest}), shape);
  }
  return y;
}

// Row i of each matrix keeps columns 0 to i + diagonal; with `lower` false it keeps the columns from i + diagonal on.
static Tensor triangle(const char* op, const Tensor& x, Index diagonal, bool lower) {
  if (x.rank() < 2) fail("{}: the tensor has shape {}, and two axes at least are needed", op, x.shape());
  const Tensor from = contiguous(x.detach()), y = zeros(x.shape(), x.dtype());
  const Index m = x.size(-2), n = x.size(-1), d = std::clamp(diagonal, -m - 1, n + 1);
  with_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = y.mutable_data<T>();
    parallel_for(n > 0 ? x.size() / n : 0, std::max(Index(1), 16384 / std::max(Index(1), n)), [&](Index i, Index end) {
      for (; i < end; ++i) {
        const Index edge = std::clamp(i % m + d + lower, Index(0), n), begin = lower ? 0 : edge;
        std::copy_n(from.data<T>() + i * n + begin, lower ? edge : n - edge, to + i * n + begin);
      }
    });
  });
  return record(op, y, {{x, [=](const Tensor& g) { return triangle(op, g, diagonal, lower); }}});
}

Tensor tril(const Tensor& x, Index diagonal) { return triangle("tril", x, diagonal, true); }
Tensor triu(const Tensor& x, Index diagonal) { return triangle("triu", x, diagonal, false); }

}  // namespace latent
