// Views: shape, strides and offset change, values stay where they are.  And the copies that undo them.
#include <algorithm>

#include "engine/ops/map.h"

namespace latent {

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  const auto copy = [](const Tensor& from) { return map("contiguous", formula::Copy{}, from); };
  if (x.dtype() != DType::i64) return record("contiguous", copy(x), {{x, [](const Tensor& g) { return g; }}});
  const Tensor y = Tensor::empty(x.shape(), DType::i64);
  const auto walk = make_walk<1>(x.shape(), {x.strides()});
  const double* from[] = {reinterpret_cast<const double*>(x.data<Index>())};  // 64 bits are moved, whatever they mean
  dispatch(kernels::Map<formula::Copy, 1>{}, &walk, +from, reinterpret_cast<double*>(y.write<Index>()), Index(0),
           y.size());
  return y;
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

// Copies axes [axis, rank).  Axes from `whole` on are contiguous in both and are copied as runs of `run` values.
template <class T>
static void copy_runs(const T* from, const Shape& from_steps, T* to, const Shape& to_steps, const Shape& shape,
                      Index axis, Index whole, Index run) {
  if (axis == whole) {
    std::copy_n(from, run, to);
  } else {
    for (Index i = 0; i < shape[axis]; ++i)
      copy_runs(from + i * from_steps[axis], from_steps, to + i * to_steps[axis], to_steps, shape, axis + 1, whole,
                run);
  }
}

// Writes the values of x into `to`, a view of the same shape, of one axis at least, and type.
static void write_into(const Tensor& to, const Tensor& x) {
  const Shape shape = x.shape();
  if (x.size() == 0) return;
  Index whole = shape.rank(), run = 1;
  const auto continues = [&](const Tensor& t) { return shape[whole - 1] == 1 || t.strides()[whole - 1] == run; };
  for (; whole > 1 && continues(x) && continues(to); --whole) run *= shape[whole - 1];
  with_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const from = x.data<T>();
    T* const first = to.write<T>();
    parallel_for(shape[0], std::max<Index>(1, 16384 * shape[0] / x.size()), [&](Index i, Index end) {
      for (; i < end; ++i)
        copy_runs(from + i * x.strides()[0], x.strides(), first + i * to.strides()[0], to.strides(), shape, 1, whole,
                  run);
    });
  });
}

// Zeros of the given shape, but for x at begin, begin + step, ... of the axis: the transpose of slice.
static Tensor unslice(const Tensor& x, const Shape& shape, Index axis, Index begin, Index step) {
  const Tensor y = zeros(shape, x.dtype());
  const Index end = x.dim(axis) > 0 ? begin + (x.dim(axis) - 1) * step + 1 : begin;
  Shape steps = y.strides();
  if (x.dim(axis) > 1) steps[axis] *= step;
  write_into(y.view(x.shape(), steps, x.size() > 0 ? begin * y.strides()[axis] : 0), x);
  return record("unslice", y, {{x, [=](const Tensor& g) { return slice(g, axis, begin, end, step); }}});
}

Tensor slice(const Tensor& x, Index axis, Index begin, Index end, Index step) {
  const Index asked = axis;
  axis = normalize_axis("slice", asked, x.rank());
  const Index n = x.dim(axis), from = begin < 0 ? begin + n : begin, to = end < 0 ? end + n : end;
  if (from < 0 || to > n || from > to)
    fail("slice: {} to {} on axis {} of shape {}, and 0 <= begin <= end <= {} is needed", begin, end, asked, x.shape(),
         n);
  if (step < 1) fail("slice: a step of {}, and at least 1 is needed", step);
  Shape shape = x.shape(), strides = x.strides();
  shape[axis] = to > from ? (to - from - 1) / step + 1 : 0;
  if (shape[axis] > 1) strides[axis] *= step;  // else the product may be too large
  return record("slice", x.view(shape, strides, from * x.strides()[axis]),
                {{x, [=, whole = x.shape()](const Tensor& g) { return unslice(g, whole, axis, from, step); }}});
}

Tensor select(const Tensor& x, Index axis, Index index) {
  const Index asked = axis;
  axis = normalize_axis("select", asked, x.rank());
  const Index n = x.dim(axis), i = index < 0 ? index + n : index;
  if (i < 0 || i >= n)
    fail("select: index {} on axis {} of shape {}, and {} to {} is possible", index, asked, x.shape(), -n, n - 1);
  return squeeze(slice(x, axis, i, i + 1), axis);
}

Tensors split(const Tensor& x, Index size, Index axis) {
  if (size < 1) fail("split: pieces of {}, and at least 1 is needed", size);
  axis = normalize_axis("split", axis, x.rank());
  Tensors pieces;
  for (Index i = 0, n = x.dim(axis); i < n; i += size) pieces.push_back(slice(x, axis, i, std::min(i + size, n)));
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
  const Index asked = axis;
  axis = normalize_axis("squeeze", asked, x.rank());
  if (x.dim(axis) != 1)
    fail("squeeze: axis {} of shape {} has size {}, and 1 is needed", asked, x.shape(), x.dim(axis));
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

static void check_joined(const Tensors& xs, const Tensor& x, Index axis, Index asked) {
  Shape rest = x.shape(), first = xs[0].shape();
  if (rest.rank() == first.rank()) rest[axis] = first[axis];
  if (rest != first || x.dtype() != xs[0].dtype())
    fail("concat: {} {} and {} {} must be of one type and agree on all axes but {}", to_string(xs[0].dtype()), first,
         to_string(x.dtype()), x.shape(), asked);
}

Tensor concat(const Tensors& xs, Index axis) {
  if (xs.empty()) fail("concat: no tensors came, and at least one is needed");
  const Index asked = axis;
  axis = normalize_axis("concat", asked, xs[0].rank());
  Shape shape = xs[0].shape();
  shape[axis] = 0;
  for (const Tensor& x : xs) {
    check_joined(xs, x, axis, asked);
    shape[axis] += x.dim(axis);
  }
  const Tensor y = Tensor::empty(shape, xs[0].dtype());
  std::vector<Input> inputs;
  Index begin = 0;
  for (const Tensor& x : xs) {
    const Index end = begin + x.dim(axis);
    write_into(y.view(x.shape(), y.strides(), x.size() > 0 ? begin * y.strides()[axis] : 0), x);
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
