// The steps of bench_ladder.cpp that the engine does not ship: kernels like the ones in engine/kernels/, compiled once
// per SIMD level.  docs/kernels.md explains each.
#pragma once
#include <cstdint>

namespace latent::bench {

using Index = std::int64_t;

// C = A B for three square, row-major matrices of `size`, a multiple of size_unit.
// scratch: ladder_scratch values, 64-byte aligned.
struct LadderProduct {
  enum class Step { textbook, loop_order, simd, register_tile, blocks, packing } step;
  template <class Arch>
  void operator()(Arch, const float* a, const float* b, float* c, Index size, float* scratch) const;
};
inline constexpr Index ladder_depth = 256, ladder_width = 512;  // the block of B that stays in the cache
inline constexpr Index ladder_scratch = ladder_depth * (ladder_width + 16), size_unit = 64;

// Softmax over rows of n, value by value in three passes over the matrix; most and sum: a value per row.
struct LadderSoftmax {
  template <class Arch>
  void operator()(Arch, const float* x, float* y, float* most, float* sum, Index rows, Index n) const;
};

// Attention of N queries over T keys, row-major: y (N, D) = softmax(q kT / sqrt(D)) v, with q (N, D), k and v (T, D).
// scratch: ladder_attention_scratch(N, T, D) values.  Sizes are multiples of size_unit.
struct LadderAttention {
  enum class Step { ten_lines, fused, online, tiled, lanes } step;
  template <class Arch>
  void operator()(Arch, const float* q, const float* k, const float* v, float* y, Index N, Index T, Index D,
                  float* scratch) const;
};
inline constexpr Index ladder_keys = 64;  // of a tile
constexpr Index ladder_attention_scratch(Index N, Index T, Index D) { return N * T + 16 * (ladder_keys + 2 * D); }

}  // namespace latent::bench
