#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

// One step down and one to the right at once.
Tensor diagonal(const Tensor& x) { return x.view({x.size(0)}, {x.strides()[0] + x.strides()[1]}); }

// The next window begins where the next number of this one lies.
Tensor windows(const Tensor& x, Index size) {
  return x.view({x.size(0) - size + 1, size}, {x.strides()[0], x.strides()[0]});
}

// (rows of patches, rows in a patch, columns of patches, columns in a patch): the middle two change places.
Tensor patches(const Tensor& image, Index size) {
  const Index down = image.size(0) / size, across = image.size(1) / size;
  return reshape(permute(reshape(image, {down, size, across, size}), {0, 2, 1, 3}), {down * across, size * size});
}

}  // namespace latent::tour
