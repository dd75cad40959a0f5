// The register tile under matmul and attention: a few rows of A times a panel of B, all sums kept in registers.
#pragma once
#include "engine/kernels/simd.h"

namespace latent::kernels {
namespace {

template <class T, class Arch> struct Tile {
  using V = xsimd::batch<T, Arch>;
  static constexpr Index lanes = V::size;
  static constexpr Index columns = 2 * lanes;
  // rows x 2 sums, 2 batches of B and 1 of A fill the 32 (AVX-512) or 16 registers
  static constexpr Index rows = sizeof(V) == 64 ? 12 : 6;

  // sums (Rows, Wide batches) = A (Rows, depth) B (depth, Wide batches); A is read one value at a time, through strides
  template <int Rows, int Wide> struct Sums {
    V sum[Rows][Wide];

    Sums(const T* a, Index row, Index column, const T* b, Index b_row, Index depth) {
      for (int i = 0; i < Rows; ++i)
        for (int j = 0; j < Wide; ++j) sum[i][j] = V(T(0));
      for (Index p = 0; p < depth; ++p, a += column, b += b_row) {
        V panel[Wide];
        for (int j = 0; j < Wide; ++j) panel[j] = V::load_unaligned(b + j * lanes);
#pragma GCC unroll 16
        for (int i = 0; i < Rows; ++i) {
          const V value(a[i * row]);
#pragma GCC unroll 2
          for (int j = 0; j < Wide; ++j) sum[i][j] = multiply_add(value, panel[j], sum[i][j]);
        }
      }
    }
  };

  // Calls f with Sums of A's rows [i, i + Rows) for all `m` rows, in tiles of up to `rows`.
  // f(sums, i, std::integral_constant<int, Rows>)
  template <int Wide, class F>
  static void for_each_tile(const T* a, Index row, Index column, Index m, const T* b, Index b_row, Index depth, F f) {
    for (Index i = 0; i < m; i += rows)
      tile<int(rows), Wide>(a, row, column, i, smaller(rows, m - i), b, b_row, depth, f);
  }

 private:
  template <int Rows, int Wide, class F>
  static void tile(const T* a, Index row, Index column, Index i, Index count, const T* b, Index b_row, Index depth,
                   F f) {
    if (count == Rows) {
      const Sums<Rows, Wide> sums(a + i * row, row, column, b, b_row, depth);
      f(sums.sum, i, std::integral_constant<int, Rows>{});
    } else if constexpr (Rows > 1) {
      tile<Rows - 1, Wide>(a, row, column, i, count, b, b_row, depth, f);
    }
  }
};

}  // namespace
}  // namespace latent::kernels
