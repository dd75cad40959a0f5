#include "nn/positional.h"

#include <numbers>

namespace latent::nn {

Tensor FourierFeatures::operator()(const Tensor& positions) const {
  if (positions.rank() == 0) fail("FourierFeatures: positions of shape (), and (..., axes) is needed");
  const Tensor frequencies = linspace(1, nyquist_frequency, bands, positions.dtype());
  const Tensor angles = unsqueeze(positions, -1) * (std::numbers::pi * frequencies);  // (..., d, K)
  Shape shape = positions.shape();
  shape[shape.rank() - 1] *= bands;
  const Tensor flat = reshape(angles, shape);  // (..., d K)
  return concat({positions, sin(flat), cos(flat)});
}

Tensor grid_positions(const Shape& grid, DType dtype) {
  Tensors coordinates;
  for (Index axis = 0; axis < grid.rank(); ++axis) {
    Shape along = Shape::filled(grid.rank(), 1);
    along[axis] = grid[axis];
    const Tensor line = reshape(linspace(-1, 1, grid[axis], dtype), along);
    coordinates.push_back(reshape(broadcast_to(line, grid), {-1}));
  }
  return stack(coordinates, -1);
}

}  // namespace latent::nn
