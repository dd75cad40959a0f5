// Views: shape, strides and offset change, values stay in place.  And the ops that copy: contiguous, concat, stack.
#include <algorithm>

#include "engine/ops.h"

namespace latent {

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  return record("contiguous", x.copy(), {{x, [](const Tensor& g) { return g; }}});
}

Tensor reshape(const Tensor& x, const Shape& wanted) {
  const Shape shape = infer_size("reshape", wanted, x.size());
  if (shape == x.shape()) return x;
  const Tensor flat = contiguous(x.detach());
  return record("reshape", flat.view(shape, row_major(shape)),
                {{x, [from = x.shape()](const Tensor& g) { return reshape(g, from); }}});
}

Tensor permute(const Tensor& x, const Shape& axes) {
  if (axes.rank() != x.rank())
    fail("permute: {} axes are named for a tensor of shape {}, and all {} are needed", axes.rank(), x.shape(),
         x.rank());
  Shape shape, strides, back = Shape::filled(x.rank(), -1);
  for (Index i = 0; i < axes.rank(); ++i) {
    const Index axis = normalize_axis("permute", axes[i], x.rank());
    if (back[axis] >= 0) fail("permute: axis {} is named twice in {}", axes[i], axes);
    back[axis] = i;
    shape.push_back(x.shape()[axis]);
    strides.push_back(x.strides()[axis]);
  }
  return record("permute", x.view(shape, strides), {{x, [back](const Tensor& g) { return permute(g, back); }}});
}

Tensor transpose(const Tensor& x, Index a, Index b) {
  a = normalize_axis("transpose", a, x.rank());
  b = normalize_axis("transpose", b, x.rank());
  Shape axes;
  for (Index axis = 0; axis < x.rank(); ++axis) axes.push_back(axis == a ? b : axis == b ? a : axis);
  return permute(x, axes);
}

// Zeros of the given shape, with x at begin, begin + step, ... of the axis: the transpose of slice.
static Tensor unslice(const Tensor& x, const Shape& shape, Index axis, Index begin, Index step) {
  const Tensor y = zeros(shape, x.dtype());
  const Index end = x.size(axis) > 0 ? begin + (x.size(axis) - 1) * step + 1 : begin;
  Shape steps = y.strides();
  if (x.size(axis) > 1) steps[axis] *= step;
  y.view(x.shape(), steps, x.size() > 0 ? begin * y.strides()[axis] : 0).copy_from(x);
  return record("unslice", y, {{x, [=](const Tensor& g) { return slice(g, axis, begin, end, step); }}});
}

Tensor slice(const Tensor& x, Index axis, Index begin, Index end, Index step) {
  const Index given_axis = axis;
  axis = normalize_axis("slice", given_axis, x.rank());
  const Index n = x.size(axis), from = begin < 0 ? begin + n : begin, to = end < 0 ? end + n : end;
  if (from < 0 || to > n || from > to)
    fail("slice: {} to {} on axis {} of shape {}, and 0 <= begin <= end <= {} is needed", begin, end, given_axis,
         x.shape(), n);
  if (step < 1) fail("slice: a step of {}, and at least 1 is needed", step);
  Shape shape = x.shape(), strides = x.strides();
  shape[axis] = to > from ? (to - from - 1) / step + 1 : 0;
  if (shape[axis] > 1) strides[axis] *= step;  // else the product may be too large
  return record("slice", x.view(shape, strides, from * x.strides()[axis]),
                {{x, [=, whole = x.shape()](const Tensor& g) { return unslice(g, whole, axis, from, step); }}});
}

Tensor select(const Tensor& x, Index axis, Index index) {
  const Index given_axis = axis;
  axis = normalize_axis("select", given_axis, x.rank());
  const Index n = x.size(axis), i = index < 0 ? index + n : index;
  if (i < 0 || i >= n)
    fail("select: index {} on axis {} of shape {}, and {} to {} is possible", index, given_axis, x.shape(), -n, n - 1);
  return squeeze(slice(x, axis, i, i + 1), axis);
}

Tensors split(const Tensor& x, Index size, Index axis) {
  if (size < 1) fail("split: pieces of {}, and at least 1 is needed", size);
  axis = normalize_axis("split", axis, x.rank());
  Tensors pieces;
  for (Index i = 0, n = x.size(axis); i < n; i += size) pieces.push_back(slice(x, axis, i, std::min(i + size, n)));
  return pieces;
}

Tensors chunk(const Tensor& x, Index count, Index axis) {
  const Index n = x.shape()[normalize_axis("chunk", axis, x.rank())];
  if (count < 1 || n % count != 0)
    fail("chunk: {} pieces of axis {} of shape {}, and a number that divides {} is needed", count, axis, x.shape(), n);
  if (n == 0) return Tensors(count_of("chunk", count), x);
  return split(x, n / count, axis);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (shape == x.shape()) return x;
  return record("broadcast_to", x.view(shape, broadcast_strides("broadcast_to", x.shape(), x.strides(), shape)),
                {{x, [](const Tensor& g) { return g; }}});
}

Tensor squeeze(const Tensor& x, Index axis) {
  const Index given_axis = axis;
  axis = normalize_axis("squeeze", given_axis, x.rank());
  if (x.size(axis) != 1)
    fail("squeeze: axis {} of shape {} has size {}, and 1 is needed", given_axis, x.shape(), x.size(axis));
  Shape shape = x.shape(), strides = x.strides();
  shape.erase(axis);
  strides.erase(axis);
  return record("squeeze", x.view(shape, strides), {{x, [axis](const Tensor& g) { return unsqueeze(g, axis); }}});
}

Tensor unsqueeze(const Tensor& x, Index axis) {
  axis = normalize_axis("unsqueeze", axis, x.rank() + 1);
  Shape shape = x.shape(), strides = x.strides();
  shape.insert(axis, 1);
  strides.insert(axis, 0);
  return record("unsqueeze", x.view(shape, strides), {{x, [axis](const Tensor& g) { return squeeze(g, axis); }}});
}

static void check_joined(const Tensors& xs, const Tensor& x, Index axis, Index given_axis) {
  Shape rest = x.shape(), first = xs[0].shape();
  if (rest.rank() == first.rank()) rest[axis] = first[axis];
  if (rest != first || x.dtype() != xs[0].dtype())
    fail("concat: {} {} and {} {} must be of one type and agree on all axes but {}", to_string(xs[0].dtype()), first,
         to_string(x.dtype()), x.shape(), given_axis);
}

Tensor concat(const Tensors& xs, Index axis) {
  if (xs.empty()) fail("concat: no tensors came, and at least one is needed");
  const Index given_axis = axis;
  axis = normalize_axis("concat", given_axis, xs[0].rank());
  Shape shape = xs[0].shape();
  shape[axis] = 0;
  for (const Tensor& x : xs) {
    check_joined(xs, x, axis, given_axis);
    shape[axis] += x.size(axis);
  }
  const Tensor y = Tensor::empty(shape, xs[0].dtype());
  std::vector<Input> inputs;
  Index begin = 0;
  for (const Tensor& x : xs) {
    const Index end = begin + x.size(axis);
    y.view(x.shape(), y.strides(), x.size() > 0 ? begin * y.strides()[axis] : 0).copy_from(x);
    inputs.push_back({x, [=](const Tensor& g) { return slice(g, axis, begin, end); }});
    begin = end;
  }
  return record("concat", y, inputs);
}

Tensor stack(const Tensors& xs, Index axis) {
  if (xs.empty()) fail("stack: no tensors came, and at least one is needed");
  Tensors wide;
  for (const Tensor& x : xs) {
    if (x.shape() != xs[0].shape() || x.dtype() != xs[0].dtype())
      fail("stack: {} {} and {} {} must be of one type and shape", to_string(xs[0].dtype()), xs[0].shape(),
           to_string(x.dtype()), x.shape());
    wide.push_back(unsqueeze(x, normalize_axis("stack", axis, x.rank() + 1)));
  }
  return concat(wide, axis);
}

}  // namespace latent
