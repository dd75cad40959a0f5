#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

// One stride: a step down plus a step to the right.
Tensor diagonal(const Tensor& x) { return x.view({x.size(0)}, {x.strides()[0] + x.strides()[1]}); }

// The next window begins one number further on, so both strides are the same.
Tensor windows(const Tensor& x, Index size) {
  return x.view({x.size(0) - size + 1, size}, {x.strides()[0], x.strides()[0]});
}

// (rows of patches, rows in a patch, columns of patches, columns in a patch): permute swaps the middle two axes.
Tensor patches(const Tensor& image, Index size) {
  const Index down = image.size(0) / size, across = image.size(1) / size;
  return reshape(permute(reshape(image, {down, size, across, size}), {0, 2, 1, 3}), {down * across, size * size});
}

}  // namespace latent::tour
