// Positions of tokens: features that are concatenated (Fourier) or added (sinusoidal, learned), or a rotation of
// queries and keys (rotary).
#pragma once
#include "nn/init.h"
#include "nn/module.h"

namespace latent::nn {

// The Perceiver's position features: each position x in [-1, 1], followed by sin(π f_k x) and cos(π f_k x) for K
// frequencies f_k spaced evenly from 1 to `nyquist_frequency`, both included.
//
// nyquist_frequency is half of the paper's sampling rate μ: 112 for 224 pixels.  The paper's "maximum frequency 1120"
// for ModelNet40 is already μ/2.
struct FourierFeatures {
  Index bands = 0;  // K
  double nyquist_frequency = 1;

  Index size(Index axes) const { return axes * (2 * bands + 1); }

  // Positions, then all sines, then all cosines; in each the axes are outer, the bands inner.
  Tensor operator()(const Tensor& positions) const;  // (..., d) -> (..., d (2K + 1))
};

// The positions of a grid's points, row-major, each axis from -1 to 1.  {28, 28} -> (784, 2)
Tensor grid_positions(const Shape& grid, DType dtype = DType::f32);

// The Transformer's sinusoidal positions (Vaswani et al. 2017, section 3.5): channels 2i and 2i + 1 of position t are
// the sine and the cosine of t / 10000^(2i / C).                     -> (count, C), C even
Tensor sinusoidal_positions(Index count, Index channels, DType dtype = DType::f32);

// One learned row for each position.
struct LearnedPositions : Module {
  Tensor weight;  // (count, C)

  LearnedPositions(Index count, Index channels, Init& init, double std = 0.02)
      : weight(parameter("weight", init.trunc_normal({count, channels}, std))) {}

  // Rows of positions [first, first + count); Error beyond the last row.                  -> (count, C)
  Tensor operator()(Index first, Index count) const;
};

// Which two channels form pair i, which is rotated
enum class RotaryLayout {
  interleaved,  // 2i and 2i + 1, as in the paper and in DeepSeek's models
  halves,       // i and i + D / 2, as in GPT-NeoX and in ports of LLaMA
};

// Rotary position embedding (Su et al. 2021, equation 34): pair i of a token at position t is rotated by the
// angle t / base^(2i / D).  The product of a rotated query and key depends on the difference of their positions only.
struct Rotary {
  RotaryLayout layout = RotaryLayout::interleaved;
  double base = 10000;

  // Tokens at positions first, first + 1, ...                          (..., T, H D) -> (..., T, H D), D even
  Tensor operator()(const Tensor& x, Index first = 0, Index heads = 1) const;

  bool operator==(const Rotary&) const = default;
};

}  // namespace latent::nn
