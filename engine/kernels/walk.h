// The order in which strided tensors of one shape are read and written: row-major, run by run of the innermost axis.
#pragma once
#include <cstdint>

namespace latent::kernels {

using Index = std::int64_t;

// Sizes of the axes, outermost first, and for each operand its strides in elements (0 where it broadcasts).
template <int Operands> struct Walk {
  Index rank;
  Index sizes[8];
  Index strides[Operands][8];
};

namespace {

// Calls f(operand offsets, position in the result, count) for every run along the innermost axis in [begin, end).
template <int Operands, class F> void for_each_run(const Walk<Operands>& walk, Index begin, Index end, F f) {
  const Index inner = walk.rank - 1;
  Index at[8], offset[Operands] = {};
  for (Index axis = inner, rest = begin; axis >= 0; --axis) {
    at[axis] = rest % walk.sizes[axis];
    rest /= walk.sizes[axis];
    for (int k = 0; k < Operands; ++k) offset[k] += at[axis] * walk.strides[k][axis];
  }
  for (Index i = begin, count; i < end; i += count) {
    count = walk.sizes[inner] - at[inner] < end - i ? walk.sizes[inner] - at[inner] : end - i;
    f(offset, i, count);
    at[inner] += count;
    for (int k = 0; k < Operands; ++k) offset[k] += count * walk.strides[k][inner];
    for (Index axis = inner; axis > 0 && at[axis] == walk.sizes[axis]; --axis) {
      at[axis] = 0;
      ++at[axis - 1];
      for (int k = 0; k < Operands; ++k)
        offset[k] += walk.strides[k][axis - 1] - walk.sizes[axis] * walk.strides[k][axis];
    }
  }
}

}  // namespace

}  // namespace latent::kernels
