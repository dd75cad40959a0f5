// make_walk(): the order in which kernels read strided tensors.
#pragma once
#include <array>

#include "engine/kernels/walk.h"
#include "engine/shape.h"

namespace latent {

// Merges axes that are contiguous in every operand; drops axes of size 1.
template <int Operands>
kernels::Walk<Operands> make_walk(const Shape& shape, const std::array<Strides, Operands>& strides) {
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

}  // namespace latent
