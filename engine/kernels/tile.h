// The register tile under matmul and attention: a few rows of A times a panel of B, all sums kept in registers.
#pragma once
#include <concepts>

#include "engine/kernels/simd.h"

namespace latent::kernels {
namespace {

template <class T, class Arch> struct Tile {
  using V = xsimd::batch<T, Arch>;
  static constexpr Index lanes = V::size;
  static constexpr Index columns = 2 * lanes;
  // rows x 2 sums, 2 batches of B and 1 of A fill the 32 (AVX-512) or 16 registers
  static constexpr Index rows = sizeof(V) == 64 ? 12 : 6;

  // sums (Rows, 2 batches) = A (Rows, depth) B (depth, 2 batches); A is read one value at a time, through strides
  template <int Rows> struct Sums {
    V sum[Rows][2];

    Sums(const T* a, Index row, Index column, const T* b, Index b_row, Index depth) {
      for (int i = 0; i < Rows; ++i)
        for (int j = 0; j < 2; ++j) sum[i][j] = V(T(0));
      for (Index p = 0; p < depth; ++p, a += column, b += b_row) {
        V panel[2];
        for (int j = 0; j < 2; ++j) panel[j] = V::load_unaligned(b + j * lanes);
#pragma GCC unroll 16
        for (int i = 0; i < Rows; ++i) {
          const V value(a[i * row]);
#pragma GCC unroll 2
          for (int j = 0; j < 2; ++j) sum[i][j] = multiply_add(value, panel[j], sum[i][j]);
        }
      }
    }
  };

  // Calls f(sums, i, std::integral_constant<int, Rows>) for all `m` rows of A, in tiles of up to `rows`: sums of rows
  // [i, i + Rows).  a_at(i) is where row i begins, for the first row of each tile.
  template <class At, class F>
  static void for_each_tile(At a_at, Index row, Index column, Index m, const T* b, Index b_row, Index depth, F f) {
    for (Index i = 0; i < m; i += rows)
      tile<int(rows)>(a_at(i), row, column, i, smaller(rows, m - i), b, b_row, depth, f);
  }
  template <class F>
  static void for_each_tile(const T* a, Index row, Index column, Index m, const T* b, Index b_row, Index depth, F f) {
    for_each_tile([=](Index i) { return a + i * row; }, row, column, m, b, b_row, depth, f);
  }

 private:
  template <int Rows, class F>
  static void tile(const T* a, Index row, Index column, Index i, Index count, const T* b, Index b_row, Index depth,
                   F f) {
    if (count == Rows) {
      const Sums<Rows> sums(a, row, column, b, b_row, depth);
      f(sums.sum, i, std::integral_constant<int, Rows>{});
    } else if constexpr (Rows > 1) {
      tile<Rows - 1>(a, row, column, i, count, b, b_row, depth, f);
    }
  }
};

}  // namespace
}  // namespace latent::kernels
