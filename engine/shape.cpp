#include "engine/shape.h"

#include <algorithm>

namespace latent {

Shape Shape::filled(Index rank, Index value) {
  Shape shape;
  while (shape.rank() < rank) shape.push_back(value);
  return shape;
}

void Shape::insert(Index axis, Index value) {
  if (rank_ == max_rank) fail("shape: {} axes and one more, and at most {} are possible", rank_, max_rank);
  std::copy_backward(begin() + axis, end(), end() + 1);
  values_[axis] = value;
  ++rank_;
}

void Shape::erase(Index axis) {
  std::copy(begin() + axis + 1, end(), begin() + axis);
  --rank_;
}

bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (Index axis = 0; axis < shape.rank(); ++axis) text += (axis ? ", " : "") + std::to_string(shape[axis]);
  return text + ")";
}

Index elements(const Shape& shape) {
  Index room = 1;  // product of the sizes above 0; strides must fit even where a size is 0
  bool none = false;
  for (Index size : shape) {
    none = none || size == 0;
    if (__builtin_mul_overflow(room, size == 0 ? 1 : size, &room))
      fail("shape: {} has more values than can be counted", shape);
  }
  return none ? 0 : room;
}

Strides row_major(const Shape& shape) {
  Shape strides = Shape::filled(shape.rank(), 1);
  for (Index i = shape.rank() - 2; i >= 0; --i) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  Shape out = a.rank() > b.rank() ? a : b;
  for (Index i = 1; i <= out.rank(); ++i) {
    const Index m = i <= a.rank() ? a[a.rank() - i] : 1, n = i <= b.rank() ? b[b.rank() - i] : 1;
    if (m != n && m != 1 && n != 1)
      fail("{}: shapes {} and {} do not broadcast: {} against {} on axis {}", op, a, b, m, n, -i);
    out[out.rank() - i] = m == 1 ? n : m;
  }
  return out;
}

Strides broadcast_strides(const char* op, const Shape& from, const Strides& strides, const Shape& to) {
  if (from.rank() > to.rank()) fail("{}: shape {} has more axes than {}", op, from, to);
  for (Index size : to)
    if (size < 0) fail("{}: shape {} has a negative size", op, to);
  Shape out = Shape::filled(to.rank(), 0);
  for (Index i = 1; i <= from.rank(); ++i) {
    const Index m = from[from.rank() - i], n = to[to.rank() - i];
    if (m != n && m != 1)
      fail("{}: shape {} does not broadcast to {}: {} against {} on axis {}", op, from, to, m, n, -i);
    if (m == n) out[to.rank() - i] = strides[from.rank() - i];
  }
  return out;
}

Index normalize_axis(const char* op, Index axis, Index rank) {
  if (axis < -rank || axis >= rank) {
    if (rank == 0) fail("{}: axis {}, and a tensor of shape () has none", op, axis);
    fail("{}: axis {} is out of range: a tensor with {} axes has axes {} to {}", op, axis, rank, -rank, rank - 1);
  }
  return axis < 0 ? axis + rank : axis;
}

Shape infer_size(const char* op, Shape shape, Index size) {
  const Shape given = shape;
  Index* unknown = nullptr;
  for (Index& each : shape) {
    if (each < -1 || (each == -1 && unknown))
      fail("{}: shape {}: sizes are 0 or more, and at most one may be -1", op, given);
    if (each == -1) *(unknown = &each) = 1;
  }
  const Index known = elements(shape);
  if (unknown && known > 0 && size % known == 0)
    *unknown = size / known;
  else if (unknown || known != size)
    fail("{}: {} values do not fit into shape {}", op, size, given);
  return shape;
}

}  // namespace latent
