#pragma once
#include "engine/ops.h"

namespace latent::nn {

// The Perceiver's position features: each position x in [-1, 1], followed by sin(π f_k x) and cos(π f_k x) for K
// frequencies f_k spaced evenly from 1 to `nyquist_frequency`, both included.
//
// The paper's μ is the sampling rate, and its highest frequency is μ/2.  This is μ/2: 112 for 224 pixels, and the
// "maximum frequency 1120" of ModelNet40 as it stands.
struct FourierFeatures {
  Index bands = 0;  // K
  double nyquist_frequency = 1;

  Index size(Index axes) const { return axes * (2 * bands + 1); }

  // Positions, then all sines, then all cosines; in each the axes are outer, the bands inner.
  Tensor operator()(const Tensor& positions) const;  // (..., d) -> (..., d (2K + 1))
};

// Where the points of a grid are, row-major, each axis from -1 to 1.  {28, 28} -> (784, 2)
Tensor grid_positions(const Shape& grid, DType dtype = DType::f32);

}  // namespace latent::nn
