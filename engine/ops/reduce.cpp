// Reductions over any axes.  Long sums are cut into pieces of a fixed size, whose results are reduced again.  So the
// bits do not depend on the number of threads, and errors grow with the logarithm of the length.
#include <algorithm>
#include <limits>

#include "engine/dispatch.h"
#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {
namespace {

using kernels::Reduction;

struct Plan {
  Shape kept, result;  // shape with the reduced axes of size 1, and without them
  Shape order;         // axes of size > 1: outer kept axes, reduced axes, inner kept axes
  Index outer = 1, reduced = 1, inner = 1;
};

Plan make_plan(const char* op, const Tensor& x, const Axes& axes) {
  if (x.dtype() == DType::i64) fail("{}: the tensor is i64, and f32 or f64 is needed", op);
  Plan plan;
  plan.kept = x.shape();
  Shape is_reduced = Shape::filled(x.rank(), 0);
  for (Index each : axes.list) {
    const Index axis = normalize_axis(op, each, x.rank());
    if (is_reduced[axis]++) fail("{}: axis {} is named twice", op, each);
    plan.kept[axis] = 1;
  }
  Shape before, middle, after;
  for (Index axis = 0; axis < x.rank(); ++axis) {
    if (!is_reduced[axis]) plan.result.push_back(x.size(axis));
    if (x.size(axis) == 1) continue;
    (is_reduced[axis] ? middle : middle.empty() ? before : after).push_back(axis);
    (is_reduced[axis] ? plan.reduced : middle.empty() ? plan.outer : plan.inner) *= x.size(axis);
  }
  // If the last axis is reduced, all kept axes come first, so that each sum runs along a contiguous row.
  if (!middle.empty() && !after.empty() && middle.back() > after.back()) {
    for (Index axis : after) before.push_back(axis);
    plan.outer *= plan.inner;
    plan.inner = 1;
    after = {};
  }
  for (const Shape* part : {&before, &middle, &after})
    for (Index axis : *part) plan.order.push_back(axis);
  return plan;
}

// (rows, n) -> (rows)
template <Reduction R, class T> void reduce_rows(const T* x, Index rows, Index n, T* y) {
  constexpr Index piece = 4096;
  if (n <= piece) {
    parallel_for(rows, 4 * piece / std::max(n, Index(1)),
                 [&](Index i, Index end) { dispatch(kernels::ReduceRows<R>{}, x + i * n, n, end - i, n, y + i); });
    return;
  }
  const Index pieces = (n + piece - 1) / piece;
  const Tensor partial = Tensor::empty({rows, pieces}, dtype_of<T>);
  T* to = partial.mutable_data<T>();
  parallel_for(rows * pieces, 4, [&](Index i, Index end) {
    for (; i < end; ++i) {
      const Index row = i / pieces, from = i % pieces * piece;
      dispatch(kernels::ReduceRows<R>{}, x + row * n + from, n, Index(1), std::min(piece, n - from), to + i);
    }
  });
  reduce_rows<R, T>(to, rows, pieces, y);
}

// (outer, n, inner) -> (outer, inner)
template <Reduction R, class T> void reduce_columns(const T* x, Index outer, Index n, Index inner, T* y) {
  constexpr Index piece = 128;  // rows
  const Index pieces = std::max(Index(1), (n + piece - 1) / piece);
  const Tensor partial = pieces > 1 ? Tensor::empty({outer, pieces, inner}, dtype_of<T>) : Tensor();
  T* to = pieces > 1 ? partial.mutable_data<T>() : y;
  parallel_for(outer * pieces, std::max(Index(1), 16384 / (inner * std::max(Index(1), std::min(n, piece)))),
               [&](Index i, Index end) {
                 for (; i < end; ++i) {
                   const Index o = i / pieces, from = i % pieces * piece;
                   dispatch(kernels::ReduceColumns<R>{}, x + (o * n + from) * inner, inner, std::min(piece, n - from),
                            inner, to + i * inner);
                 }
               });
  if (pieces > 1) reduce_columns<R, T>(to, outer, pieces, inner, y);
}

// The reduction without history, in shape plan.kept.
template <Reduction R> Tensor reduce(const char* op, const Tensor& x, const Plan& plan) {
  const Tensor y = Tensor::empty(plan.kept, x.dtype());
  if (R != Reduction::sum && plan.reduced == 0 && y.size() > 0)
    fail("{}: shape {} has no values to choose from", op, x.shape());
  Shape sizes, strides;
  for (Index axis : plan.order) {
    sizes.push_back(x.size(axis));
    strides.push_back(x.strides()[axis]);
  }
  const Tensor ordered = contiguous(x.view(sizes, strides));
  with_float(op, x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (y.size() == 0) return;
    if (plan.inner == 1)
      reduce_rows<R, T>(ordered.data<T>(), plan.outer, plan.reduced, y.mutable_data<T>());
    else
      reduce_columns<R, T>(ordered.data<T>(), plan.outer, plan.reduced, plan.inner, y.mutable_data<T>());
  });
  return y;
}

Axes all_axes(const Tensor& x) {
  Shape axes;
  for (Index axis = 0; axis < x.rank(); ++axis) axes.push_back(axis);
  return axes;
}

Tensor finish(const Tensor& y, const Plan& plan, bool keepdim) {
  return keepdim ? y : y.view(plan.result, row_major(plan.result));
}

// The values equal to the extreme share its gradient; if it is NaN, all NaN values do.
template <Reduction R> Tensor extreme(const char* op, const Tensor& x, const Axes& axes, bool keepdim) {
  const Plan plan = make_plan(op, x, axes);
  return record(op, finish(reduce<R>(op, x, plan), plan, keepdim),
                {{x,
                  [x, axes, kept = plan.kept](const Tensor& g, const Tensor& y) {
                    const Tensor ties = equal(x, reshape(y, kept)) + not_equal(x, x);
                    return where(ties, reshape(g, kept) / sum(ties, axes, true), scalar(0, g.dtype()));
                  },
                  {x}}});
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  const Plan plan = make_plan("sum", x, axes);
  return record(
      "sum", finish(reduce<Reduction::sum>("sum", x, plan), plan, keepdim),
      {{x, [shape = x.shape(), kept = plan.kept](const Tensor& g) { return broadcast_to(reshape(g, kept), shape); }}});
}
Tensor max(const Tensor& x, const Axes& axes, bool keepdim) { return extreme<Reduction::max>("max", x, axes, keepdim); }
Tensor min(const Tensor& x, const Axes& axes, bool keepdim) { return extreme<Reduction::min>("min", x, axes, keepdim); }

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  const Plan plan = make_plan("mean", x, axes);
  return sum(x, axes, keepdim) / double(plan.reduced);
}

// Centred twice: a large mean has a rounding error that may exceed the differences; the second mean removes it.
Tensor var(const Tensor& x, const Axes& axes, bool keepdim, double correction) {
  const double count = double(make_plan("var", x, axes).reduced);
  const Tensor near = x - mean(x, axes, true).detach(), centred = near - mean(near, axes, true);
  return sum(centred * centred, axes, keepdim) / std::max(0.0, count - correction);  // NaN if too few
}

// log(sum(exp(x - m))) + m, where m is the largest value, clamped to finite numbers so that infinities stay right.  If
// all values are -infinity, the sum is 0: the result is -infinity and the gradient 0.
Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  const Plan plan = make_plan("logsumexp", x, axes);
  const double most = x.dtype() == DType::f32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  const Tensor shift =
      plan.reduced == 0 ? zeros(plan.kept, x.dtype()) : clamp(max(x.detach(), axes, true), -most, most);
  const Tensor total = sum(exp(x - shift), axes, true), none = equal(total, scalar(0, x.dtype()));
  const auto number = [&](double value) { return scalar(value, x.dtype()); };
  const Tensor logarithm =
      where(none, number(-std::numeric_limits<double>::infinity()), log(where(none, number(1), total)));
  const Tensor y = logarithm + shift;
  return keepdim ? y : reshape(y, plan.result);
}

Tensor sum(const Tensor& x) { return sum(x, all_axes(x)); }
Tensor mean(const Tensor& x) { return mean(x, all_axes(x)); }
Tensor var(const Tensor& x) { return var(x, all_axes(x)); }
Tensor max(const Tensor& x) { return max(x, all_axes(x)); }
Tensor min(const Tensor& x) { return min(x, all_axes(x)); }

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const Shape broadcast = broadcast_strides("sum_to", shape, row_major(shape), x.shape());
  Shape axes;
  for (Index axis = 0; axis < x.rank(); ++axis)
    if (axis < x.rank() - shape.rank() || (broadcast[axis] == 0 && shape[axis - x.rank() + shape.rank()] == 1))
      axes.push_back(axis);
  const Tensor y = reduce<Reduction::sum>("sum_to", x, make_plan("sum_to", x, axes)).view(shape, row_major(shape));
  return record("sum_to", y, {{x, [wide = x.shape()](const Tensor& g) { return broadcast_to(g, wide); }}});
}

Tensor argmax(const Tensor& x, Index axis, bool keepdim) {
  const Index given_axis = axis;
  axis = normalize_axis("argmax", given_axis, x.rank());
  const Index n = x.size(axis);
  const Tensor rows = contiguous(transpose(x.detach(), axis, -1));
  Shape shape = rows.shape();
  shape[shape.rank() - 1] = 1;
  const Tensor y = Tensor::empty(shape, DType::i64);
  if (n == 0 && y.size() > 0) fail("argmax: axis {} of shape {} has no values to choose from", given_axis, x.shape());
  with_type(x.dtype(), [&](auto zero) {
    const auto* from = rows.data<decltype(zero)>();
    Index* to = y.mutable_data<Index>();
    for (Index row = 0; row < y.size(); ++row, from += n) {
      to[row] = 0;
      for (Index i = 1; i < n && from[to[row]] == from[to[row]]; ++i)  // a NaN is the largest
        if (!(from[i] <= from[to[row]])) to[row] = i;
    }
  });
  const Tensor kept = contiguous(transpose(record("argmax", y, {}), axis, -1));
  return keepdim ? kept : squeeze(kept, axis);
}

}  // namespace latent
