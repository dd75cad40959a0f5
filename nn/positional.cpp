#include "nn/positional.h"

#include <cmath>
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

// (count, D / 2): t / base^(2i / D) for position t, in f64, where large positions keep their digits
static Tensor rotary_angles(Index first, Index count, Index channels, double base) {
  const Tensor positions = arange(double(first), double(first + count), 1, DType::f64);
  const Tensor pairs = arange(0, double(channels), 2, DType::f64);
  return unsqueeze(positions, 1) * exp(pairs * (-std::log(base) / double(channels)));
}

Tensor sinusoidal_positions(Index count, Index channels, DType dtype) {
  if (channels % 2 != 0) fail("sinusoidal_positions: {} channels, and an even number is needed", channels);
  const Tensor angles = rotary_angles(0, count, channels, 10000);
  return cast(reshape(stack({sin(angles), cos(angles)}, -1), {count, channels}), dtype);
}

Tensor LearnedPositions::operator()(Index first, Index count) const {
  if (first + count > weight.size(0))
    fail("LearnedPositions: {} tokens after {}, and there are positions for {}", count, first, weight.size(0));
  return slice(weight, 0, first, first + count);
}

Tensor Rotary::operator()(const Tensor& x, Index first, Index heads) const {
  if (x.rank() < 2 || heads < 1 || x.size(-1) % (2 * heads) != 0)
    fail("Rotary: {} heads of x {}, and (..., T, H D) with D even is needed", heads, x.shape());
  const Tensor angles = rotary_angles(first, x.size(-2), x.size(-1) / heads, base);
  return rotate_pairs(x, cast(cos(angles), x.dtype()), cast(sin(angles), x.dtype()),
                      layout == RotaryLayout::interleaved);
}

}  // namespace latent::nn
