// Operators that make tensors, or move, repeat and choose values.
#include <algorithm>

#include "tests/onnx/tables.h"

namespace latent::onnx {
namespace {

using In = const Call&;
constexpr auto call = Operator::call, composition = Operator::composition;

Index integer_at(In c, std::size_t i, Index otherwise) { return c.has(i) ? c.integers(i).at(0) : otherwise; }

Results constant(In c) {
  if (c.has("value")) return c.attribute("value").tensor;
  if (c.has("value_float")) return scalar(c.real("value_float", 0));
  if (c.has("value_floats")) return tensor(c.attribute("value_floats").reals);
  if (c.has("value_int")) return reshape(index_tensor({c.integer("value_int", 0)}), {});
  if (c.has("value_ints")) return index_tensor(c.attribute("value_ints").integers);
  throw NotExpressible("Constant of strings");
}

Results constant_of_shape(In c) {
  const Tensor value = c.has("value") ? c.attribute("value").tensor : zeros({1});
  return full(Shape(c.integers(0)), value.values().at(0), value.dtype());
}

Results eye_like(In c) {
  const Shape shape = c.as_is(0).shape();
  const Index k = c.integer("k", 0);
  return triu(tril(ones(shape), k), k);
}

Results shape_of(In c) {
  const Shape shape = c.as_is(0).shape();
  const Index n = shape.rank(), begin = std::clamp(from_start(c.integer("start", 0), n), Index(0), n),
              end = std::clamp(from_start(c.integer("end", n), n), begin, n);
  return index_tensor({shape.begin() + begin, shape.begin() + end});
}

Results range(In c) { return arange(c.number(0, 0), c.number(1, 0), c.number(2, 1), c.as_is(0).dtype()); }

Results reshaped(In c) {
  const Tensor& x = c.as_is(0);
  Shape shape(c.integers(1, "shape"));
  for (Index axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] == 0 && !c.integer("allowzero", 0)) shape[axis] = x.size(axis);
  return reshape(x, shape);
}

Results flattened(In c) {
  const Tensor& x = c.as_is(0);
  const Index axis = from_start(c.integer("axis", 1), x.rank());
  return reshape(x, {elements(x.shape().first(axis)), elements(x.shape().last(x.rank() - axis))});
}

Results squeezed(In c) {
  Tensor y = c.as_is(0);
  Indices axes = c.integers(1, "axes");
  for (Index axis = 0; axis < y.rank() && !c.has(1) && !c.has("axes"); ++axis)
    if (y.size(axis) == 1) axes.push_back(axis);
  for (Index& axis : axes) axis = from_start(axis, y.rank());
  std::ranges::sort(axes, std::greater());
  for (Index axis : axes) y = squeeze(y, axis);
  return y;
}

Results unsqueezed(In c) {
  Tensor y = c.as_is(0);
  Indices axes = c.integers(1, "axes");
  for (Index& axis : axes) axis = from_start(axis, y.rank() + Index(axes.size()));
  std::ranges::sort(axes);
  for (Index axis : axes) y = unsqueeze(y, axis);
  return y;
}

Results transposed(In c) {
  const Tensor& x = c.as_is(0);
  Shape axes(c.attribute("perm").integers);
  for (Index axis = x.rank() - 1; axis >= 0 && !c.has("perm"); --axis) axes.push_back(axis);
  return permute(x, axes);
}

Results split_up(In c) {
  const Tensor& x = c.as_is(0);
  const Index axis = c.integer("axis", 0), pieces = Index(c.node.outputs.size());
  Indices sizes = c.integers(1, "split");
  if (sizes.empty()) sizes.assign(std::size_t(pieces), x.size(axis) / pieces);
  Tensors all;
  Index begin = 0;
  for (Index size : sizes) {
    all.push_back(slice(x, axis, begin, begin + size));
    begin += size;
  }
  return all;
}

// Bounds beyond the ends are the ends; with a negative step the flipped axis is sliced.
Tensor sliced(const Tensor& x, Index axis, Index begin, Index end, Index step) {
  const Index n = x.size(axis), low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;
  begin = std::clamp(from_start(begin, n), low, high);
  end = std::clamp(from_start(end, n), low, high);
  if (step > 0) return slice(x, axis, begin, std::max(begin, end), step);
  return slice(flip(x, axis), axis, n - 1 - begin, std::max(n - 1 - begin, n - 1 - end), -step);
}

Results sliced_along_axes(In c) {
  Tensor y = c.as_is(0);
  const Indices begins = c.integers(1, "starts"), ends = c.integers(2, "ends"), axes = c.integers(3, "axes"),
                steps = c.has(4) ? c.integers(4) : Indices(begins.size(), 1);
  for (std::size_t i = 0; i < begins.size(); ++i)
    y = sliced(y, axes.empty() ? Index(i) : axes.at(i), begins[i], ends.at(i), steps.at(i));
  return y;
}

// The index in n values that stands for one beyond them: the nearest end, or its reflection there.
Index reflected_index(Index i, Index n, bool reflects) {
  if (!reflects) return std::clamp(i, Index(0), n - 1);
  return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

Results padded(In c) {
  const Indices amounts = c.integers(1, "pads");
  const std::string mode = c.text("mode", "constant");
  Tensor y = c.as_is(0);
  const auto rank = std::size_t(y.rank());
  if (mode == "constant") {
    std::vector<Padding> by_axis;
    for (std::size_t axis = 0; axis < rank; ++axis) by_axis.push_back({amounts.at(axis), amounts.at(axis + rank)});
    return pad(y, by_axis, c.number(2, c.real("value", 0)));
  }
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const Index n = y.size(Index(axis));
    Indices list;
    for (Index i = -amounts.at(axis); i < n + amounts.at(axis + rank); ++i)
      list.push_back(reflected_index(i, n, mode == "reflect"));
    y = index_select(y, Index(axis), index_tensor(list));
  }
  return y;
}

Results triangle(In c) {
  const Index diagonal = integer_at(c, 1, 0);
  return c.integer("upper", 1) ? triu(c.as_is(0), diagonal) : tril(c.as_is(0), diagonal);
}

// (N, C, H, W): blocks of b x b values of one channel become channels, and back.
Results depth_to_space(In c) {
  const Tensor& x = c.as_is(0);
  const Index n = x.size(0), b = c.integer("blocksize", 1), channels = x.size(1) / (b * b), h = x.size(2),
              w = x.size(3);
  const Tensor apart = c.text("mode", "DCR") == "CRD"
                           ? permute(reshape(x, {n, channels, b, b, h, w}), {0, 1, 4, 2, 5, 3})
                           : permute(reshape(x, {n, b, b, channels, h, w}), {0, 3, 4, 1, 5, 2});
  return reshape(apart, {n, channels, h * b, w * b});
}
Results space_to_depth(In c) {
  const Tensor& x = c.as_is(0);
  const Index n = x.size(0), b = c.integer("blocksize", 1), channels = x.size(1), h = x.size(2) / b, w = x.size(3) / b;
  return reshape(permute(reshape(x, {n, channels, h, b, w, b}), {0, 3, 5, 1, 2, 4}), {n, channels * b * b, h, w});
}

}  // namespace

// clang-format off
std::vector<Operator> arranging_table() {
  return {
      {"Constant", call, constant},
      {"ConstantOfShape", call, constant_of_shape},
      {"EyeLike", composition, eye_like},
      {"Range", call, range},
      {"Shape", call, shape_of},
      {"Size", call, [](In c) { return reshape(index_tensor({c.as_is(0).size()}), {}); }},
      {"Identity", call, [](In c) { return c.as_is(0); }},
      {"Reshape", call, reshaped},
      {"Flatten", call, flattened},
      {"Squeeze", call, squeezed},
      {"Unsqueeze", call, unsqueezed},
      {"Transpose", call, transposed},
      {"Expand", call, [](In c) {
         return broadcast_to(c.as_is(0), broadcast_shapes("Expand", c.as_is(0).shape(), Shape(c.integers(1))));
       }},
      {"Tile", call, [](In c) { return tile(c.as_is(0), Shape(c.integers(1))); }},
      {"Concat", call, [](In c) { return concat(c.inputs, c.integer("axis", 1)); }},
      {"Split", call, split_up},
      {"Slice", composition, sliced_along_axes},
      {"Pad", call, padded},
      {"Trilu", call, triangle},
      {"DepthToSpace", composition, depth_to_space},
      {"SpaceToDepth", composition, space_to_depth},
  };
}
// clang-format on

}  // namespace latent::onnx
