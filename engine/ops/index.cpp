// Indexing by i64 tensors, and the scatters that are its gradients: index_select and index_add are each other's
// transpose, and so are gather and scatter_add.
#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/kernels/pairwise.h"
#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {
namespace {

const Index* check_indices(const char* op, const Tensor& indices, Index n) {
  if (indices.dtype() != DType::i64) fail("{}: the indices are {}, and i64 is needed", op, to_string(indices.dtype()));
  const Index* p = indices.data<Index>();
  for (Index i = 0, count = indices.size(); i < count; ++i)
    if (p[i] < 0 || p[i] >= n) fail("{}: index {} at position {}, and 0 <= index < {} is needed", op, p[i], i, n);
  return p;
}

// A shape seen from one axis: (outer, n, inner).
struct Split3 {
  Index outer, n, inner;
  Split3(const Shape& shape, Index axis)
      : outer(elements(shape.first(axis))), n(shape[axis]), inner(elements(shape.last(shape.rank() - axis - 1))) {}
};

void check_shape(const char* op, const Shape& shape, const Shape& wanted) {
  if (shape != wanted) fail("{}: the values have shape {}, and {} is needed", op, shape, wanted);
}

// y[t] = the sum of x[j] over all j < count with at[j] = t.  Each x[j] and y[t] is a row of `inner` values.
class ScatterSum {
 public:
  ScatterSum(const char* op, const Index* at, Index count, Index targets)
      : begin_(count_of(op, targets + 1)), order_(count_of(op, count)) {
    for (Index j = 0; j < count; ++j) ++begin_[size_t(at[j]) + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    std::vector<Index> next = begin_;
    for (Index j = 0; j < count; ++j) order_[size_t(next[size_t(at[j])]++)] = j;
  }

  template <class T> void operator()(const T* x, Index inner, T* y) const {
    parallel_for(Index(begin_.size()) - 1, std::max<Index>(1, 4096 / std::max<Index>(1, inner)),
                 [&](Index target, Index end) {
                   for (; target < end; ++target)
                     add(x, inner, begin_[size_t(target)], begin_[size_t(target) + 1], y + target * inner);
                 });
  }

 private:
  std::vector<Index> begin_, order_;  // where each target begins in order_; all j, sorted by target

  template <class T> void add(const T* x, Index inner, Index from, Index to, T* y) const {
    std::fill_n(y, inner, T(0));
    if (to - from > kernels::run_length) {
      const Index middle = from + kernels::pairwise_half(to - from, kernels::run_length);
      auto rest = std::vector<T>(size_t(inner));
      add(x, inner, from, middle, y);
      add(x, inner, middle, to, rest.data());
      for (Index i = 0; i < inner; ++i) y[i] += rest[size_t(i)];
      return;
    }
    for (; from < to; ++from)
      for (Index i = 0; i < inner; ++i) y[i] += x[order_[size_t(from)] * inner + i];
  }
};

Shape with_size(Shape shape, Index axis, Index size) {
  shape[axis] = size;
  return shape;
}

}  // namespace

Tensor index_select(const Tensor& x, Index axis, const Tensor& indices) {
  axis = normalize_axis("index_select", axis, x.rank());
  if (indices.rank() != 1) fail("index_select: the indices have shape {}, and one axis is needed", indices.shape());
  const Tensor from = contiguous(x.detach()), list = contiguous(indices);
  const Index* at = check_indices("index_select", list, x.size(axis));
  const Index count = list.size();
  const Tensor y = Tensor::empty(with_size(x.shape(), axis, count), x.dtype());
  const Split3 s(x.shape(), axis);
  with_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    for (Index o = 0; o < s.outer; ++o)
      for (Index j = 0; j < count; ++j, out += s.inner) std::copy_n(in + (o * s.n + at[j]) * s.inner, s.inner, out);
  });
  return record("index_select", y,
                {{x, [=, shape = x.shape()](const Tensor& g) { return index_add(shape, axis, list, g); }, {list}}});
}

Tensor index_add(const Shape& shape, Index axis, const Tensor& indices, const Tensor& values) {
  axis = normalize_axis("index_add", axis, shape.rank());
  if (indices.rank() != 1) fail("index_add: the indices have shape {}, and one axis is needed", indices.shape());
  check_shape("index_add", values.shape(), with_size(shape, axis, indices.size()));
  const Tensor from = contiguous(values.detach()), list = contiguous(indices);
  const Index* at = check_indices("index_add", list, shape[axis]);
  const Tensor y = Tensor::empty(shape, values.dtype());
  const Split3 s(shape, axis);
  const ScatterSum scatter("index_add", at, list.size(), s.n);
  with_type(values.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    for (Index o = 0; o < s.outer; ++o) scatter(in + o * list.size() * s.inner, s.inner, out + o * s.n * s.inner);
  });
  return record("index_add", y, {{values, [=](const Tensor& g) { return index_select(g, axis, list); }, {list}}});
}

Tensor gather(const Tensor& x, Index axis, const Tensor& indices) {
  const Index given_axis = axis;
  axis = normalize_axis("gather", given_axis, x.rank());
  if (indices.rank() != x.rank() || with_size(indices.shape(), axis, x.size(axis)) != x.shape())
    fail("gather: indices of shape {} for a tensor of shape {}: all axes but {} must agree", indices.shape(), x.shape(),
         given_axis);
  const Tensor from = contiguous(x.detach()), list = contiguous(indices);
  const Index* at = check_indices("gather", list, x.size(axis));
  const Tensor y = Tensor::empty(indices.shape(), x.dtype());
  const Split3 s(x.shape(), axis), t(indices.shape(), axis);
  with_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    for (Index o = 0; o < t.outer; ++o)
      for (Index j = 0; j < t.n; ++j)
        for (Index i = 0; i < t.inner; ++i) *out++ = in[(o * s.n + *at++) * s.inner + i];
  });
  return record("gather", y,
                {{x, [=, shape = x.shape()](const Tensor& g) { return scatter_add(shape, axis, list, g); }, {list}}});
}

Tensor scatter_add(const Shape& shape, Index axis, const Tensor& indices, const Tensor& values) {
  const Index given_axis = axis;
  axis = normalize_axis("scatter_add", given_axis, shape.rank());
  check_shape("scatter_add", values.shape(), indices.shape());
  if (with_size(values.shape(), axis, shape[axis]) != shape)
    fail("scatter_add: values of shape {} into shape {}: all axes but {} must agree", values.shape(), shape,
         given_axis);
  const Tensor from = contiguous(values.detach()), list = contiguous(indices);
  const Index* at = check_indices("scatter_add", list, shape[axis]);
  const Tensor y = Tensor::empty(shape, values.dtype());
  const Split3 s(shape, axis), t(values.shape(), axis);
  std::vector<Index> targets;  // of every single value
  targets.reserve(size_t(values.size()));
  for (Index o = 0; o < t.outer; ++o)
    for (Index j = 0; j < t.n; ++j)
      for (Index i = 0; i < t.inner; ++i) targets.push_back((o * s.n + *at++) * s.inner + i);
  const ScatterSum scatter("scatter_add", targets.data(), values.size(), y.size());
  with_type(values.dtype(), [&](auto zero) {
    using T = decltype(zero);
    scatter(from.data<T>(), 1, y.mutable_data<T>());
  });
  return record("scatter_add", y, {{values, [=](const Tensor& g) { return gather(g, axis, list); }, {list}}});
}

Tensor one_hot(const Tensor& labels, Index classes, DType dtype) {
  if (classes < 0) fail("one_hot: {} classes, and 0 or more are possible", classes);
  const Tensor list = contiguous(labels);
  const Index* at = check_indices("one_hot", list, classes);
  Shape shape = labels.shape();
  shape.push_back(classes);
  const Tensor y = zeros(shape, dtype);
  with_type(dtype, [&](auto zero) {
    auto* out = y.mutable_data<decltype(zero)>();
    for (Index i = 0; i < list.size(); ++i) out[i * classes + at[i]] = 1;
  });
  return record("one_hot", y, {});
}

}  // namespace latent
