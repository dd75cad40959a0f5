// Elementwise work on broadcast, strided tensors: how ops reach the Map kernel.
#pragma once
#include <array>

#include "engine/dispatch.h"
#include "engine/kernels/formulas.h"
#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {

// Merges axes that are contiguous in every operand; drops axes of size 1.
template <int Operands>
kernels::Walk<Operands> make_walk(const Shape& shape, const std::array<Shape, Operands>& strides) {
  kernels::Walk<Operands> walk = {1, {1}, {}};
  Index rank = 0;
  for (Index axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    bool merges = rank > 0;
    for (int k = 0; k < Operands && merges; ++k) merges = walk.strides[k][rank - 1] == shape[axis] * strides[k][axis];
    if (!merges) walk.sizes[rank++] = 1;
    walk.sizes[rank - 1] *= shape[axis];
    for (int k = 0; k < Operands; ++k) walk.strides[k][rank - 1] = strides[k][axis];
  }
  if (rank > 0) walk.rank = rank;
  return walk;
}

// y = f(x...), elementwise, with broadcasting and without history.
template <class F, class... X> Tensor map(const char* op, const F& f, const Tensor& first, const X&... more) {
  constexpr int operands = 1 + sizeof...(X);
  const std::array<const Tensor*, operands> xs{&first, &more...};
  Shape shape = first.shape();
  for (const Tensor* x : xs) {
    if (x->dtype() != first.dtype())
      fail("{}: one tensor is {} and another {}; they must be of one type", op, to_string(first.dtype()),
           to_string(x->dtype()));
    shape = broadcast_shapes(op, shape, x->shape());
  }
  const Tensor y = Tensor::empty(shape, first.dtype());
  std::array<Shape, operands> strides;
  for (int k = 0; k < operands; ++k) strides[k] = broadcast_strides(op, xs[k]->shape(), xs[k]->strides(), shape);
  const auto walk = make_walk<operands>(shape, strides);
  with_float(op, y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::array<const T*, operands> from;
    for (int k = 0; k < operands; ++k) from[k] = xs[k]->template data<T>();
    T* to = y.write<T>();
    parallel_for(y.size(), 16384, [&](Index begin, Index end) {
      dispatch(kernels::Map<F, operands>{f}, &walk, from.data(), to + begin, begin, end);
    });
  });
  return y;
}

}  // namespace latent
