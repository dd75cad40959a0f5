// The register tile under matmul and attention: a few rows of A times a panel of B, all sums kept in registers.
//
//                         row p of B:    panel[0]       panel[1]
//   column p of A:  a(0, p)              sum[0][0]      sum[0][1]       sum[i][j] += a(i, p) panel[j], each p:
//                   a(1, p)              sum[1][0]      sum[1][1]       rows + 2 loads, 2 * rows multiply-adds
//                   ...                     ...            ...
#pragma once
#include <type_traits>

#include "engine/kernels/simd.h"

namespace latent::kernels {
namespace {

template <class T, class Arch> struct Tile {
  using V = xsimd::batch<T, Arch>;
  static constexpr Index lanes = V::size;
  static constexpr Index columns = 2 * lanes;
  // Sums, 2 batches of B and 1 of A take 27 of the 32 registers of AVX-512, or 15 of the 16 of AVX2
  static constexpr Index rows = sizeof(V) == 64 ? 12 : 6;
  static constexpr Index run = 96;  // of a sum

  // sum (Rows, Batches) = A (Rows, depth) B (depth, Batches), with a(i, p) = a[i * row + p * column].  Each sum is made
  // in runs, one value after the other, and the runs are added in turn: rounding errors stay smaller.  The sums of a
  // run are local variables, because the compiler keeps only these in registers.
  template <int Rows, int Batches = 2> struct Sums {
    V sum[Rows][Batches];

    Sums(const T* a, Index row, Index column, const T* b, Index b_row, Index depth) {
      add<false>(a, row, column, b, b_row, smaller(run, depth));
      for (Index p = run; p < depth; p += run)
        add<true>(a + p * column, row, column, b + p * b_row, b_row, smaller(run, depth - p));
    }

   private:
    template <bool More> void add(const T* a, Index row, Index column, const T* b, Index b_row, Index depth) {
      V running[Rows][Batches];
      for (int i = 0; i < Rows; ++i)
        for (int j = 0; j < Batches; ++j) running[i][j] = V(T(0));
      for (Index p = 0; p < depth; ++p, a += column, b += b_row) {
        V panel[Batches];
        for (int j = 0; j < Batches; ++j) panel[j] = V::load_unaligned(b + j * lanes);
#pragma GCC unroll 16
        for (int i = 0; i < Rows; ++i) {
          const V value(a[i * row]);
#pragma GCC unroll 2
          for (int j = 0; j < Batches; ++j) running[i][j] = multiply_add(value, panel[j], running[i][j]);
        }
      }
#pragma GCC unroll 16
      for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
        for (int j = 0; j < Batches; ++j) sum[i][j] = More ? sum[i][j] + running[i][j] : running[i][j];
    }
  };

  // Calls f(i, std::integral_constant<int, Rows>) for tiles [i, i + Rows) of m rows: Most each, the last maybe fewer.
  template <Index Most = rows, class F> static void for_each_tile(Index m, F f) {
    for (Index i = 0; i < m; i += Most) with_height<int(Most)>(i, smaller(Most, m - i), f);
  }

  // The same with the sums of each tile: f(sums, i, std::integral_constant<int, Rows>).
  template <int Batches = 2, Index Most = rows, class F>
  static void for_each_tile(const T* a, Index row, Index column, Index m, const T* b, Index b_row, Index depth, F f) {
    for_each_tile<Most>(m, [&](Index i, auto high) {
      const Sums<high, Batches> sums(a + i * row, row, column, b, b_row, depth);
      f(sums.sum, i, high);
    });
  }

 private:
  // Makes `count` a constant, so that the loops over rows unroll
  template <int Rows, class F> static void with_height(Index i, Index count, const F& f) {
    if (count == Rows)
      f(i, std::integral_constant<int, Rows>{});
    else if constexpr (Rows > 1)
      with_height<Rows - 1>(i, count, f);
  }
};

}  // namespace
}  // namespace latent::kernels
