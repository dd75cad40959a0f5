// The few things needed beyond xsimd itself: the last, partial batch, and names that differ between its versions.
// Everything here is in an anonymous namespace: the levels' object files must not share a symbol.
#pragma once
#include <tuple>
#include <type_traits>
#include <utility>
#include <xsimd/xsimd.hpp>

#include "engine/kernels/kernels.h"
#include "engine/kernels/neon.h"
#include "engine/kernels/pairwise.h"

namespace latent::kernels {
namespace {

// Takes the addresses of kernels, f32 and f64, so that the compiler emits them.  A file of kernels ends with
//   [[gnu::used]] constexpr auto emitted = emit<Kernel, OtherKernel>();
template <class... Kernel> constexpr auto emit() {
  return std::tuple{&Kernel::template operator()<LATENT_ARCH, float>...,
                    &Kernel::template operator()<LATENT_ARCH, double>...};
}

constexpr Index smaller(Index a, Index b) { return a < b ? a : b; }

// `count` values from p; the lanes past them are 0.
template <class V> V load(const typename V::value_type* p, Index count) {
  constexpr Index lanes = V::size;
  if (count >= lanes) return V::load_unaligned(p);
#ifdef __AVX512F__
  if constexpr (std::is_same_v<typename V::value_type, float>)
    return _mm512_maskz_loadu_ps(__mmask16((1u << count) - 1), p);
  else
    return _mm512_maskz_loadu_pd(__mmask8((1u << count) - 1), p);
#else
  alignas(64) typename V::value_type padded[lanes] = {};
  for (Index i = 0; i < count; ++i) padded[i] = p[i];
  return V::load_aligned(padded);
#endif
}

template <class V> void store(const V& v, typename V::value_type* p, Index count) {
  constexpr Index lanes = V::size;
  if (count >= lanes) return v.store_unaligned(p);
#ifdef __AVX512F__
  if constexpr (std::is_same_v<typename V::value_type, float>)
    _mm512_mask_storeu_ps(p, __mmask16((1u << count) - 1), v);
  else
    _mm512_mask_storeu_pd(p, __mmask8((1u << count) - 1), v);
#else
  alignas(64) typename V::value_type padded[lanes];
  v.store_aligned(padded);
  for (Index i = 0; i < count; ++i) p[i] = padded[i];
#endif
}

// v in the first `count` lanes, 0 after.  Not v times ones and zeros: infinity times 0 is NaN.
template <class V> V first_lanes(const V& v, Index count) {
#ifdef __AVX512F__
  if constexpr (std::is_same_v<typename V::value_type, float>)
    return _mm512_maskz_mov_ps(__mmask16((1u << count) - 1), v);
  else
    return _mm512_maskz_mov_pd(__mmask8((1u << count) - 1), v);
#else
  constexpr Index lanes = V::size;
  alignas(64) typename V::value_type values[lanes];
  v.store_aligned(values);
  for (Index i = count; i < lanes; ++i) values[i] = 0;
  return V::load_aligned(values);
#endif
}

// x y + z, rounded once where the level has the instruction; xsimd 8.1 does not use AVX-512's.
template <class V> V multiply_add(const V& x, const V& y, const V& z) {
#ifdef __AVX512F__
  if constexpr (std::is_same_v<typename V::value_type, float>)
    return _mm512_fmadd_ps(x, y, z);
  else
    return _mm512_fmadd_pd(x, y, z);
#else
  return xsimd::fma(x, y, z);
#endif
}

// v with the lanes i and i ^ Step exchanged
template <std::size_t Step, class V, std::size_t... I> V exchange(const V& v, std::index_sequence<I...>) {
  using Register = typename V::register_type;
  return V(__builtin_shufflevector(Register(v), Register(v), (I ^ Step)...));
}

// The lanes combined with each other, half with half: each step is one exchange and one operation.
template <class V, class F> typename V::value_type fold_lanes(V v, F combine) {
  constexpr std::size_t lanes = V::size;
  constexpr auto all = std::make_index_sequence<lanes>();
  if constexpr (lanes >= 16) v = combine(v, exchange<8>(v, all));
  if constexpr (lanes >= 8) v = combine(v, exchange<4>(v, all));
  if constexpr (lanes >= 4) v = combine(v, exchange<2>(v, all));
  return typename V::register_type(combine(v, exchange<1>(v, all)))[0];
}

template <class V> typename V::value_type lanes_sum(const V& v) {
  return fold_lanes(v, [](const V& a, const V& b) { return a + b; });
}

// The lanes of a and b in turn, from lane First on.  Not xsimd's zip, which in 8.1 stays within 128 bits.
template <std::size_t First, class V, std::size_t... I>
V interleave(const V& a, const V& b, std::index_sequence<I...>) {
  using Register = typename V::register_type;
  return V(__builtin_shufflevector(Register(a), Register(b), (First + I / 2 + I % 2 * sizeof...(I))...));
}

// Transposes the square matrix whose rows are these batches: each pass interleaves the first half of the rows with the
// second, which rotates the bits of the index (row, lane) by one place.
template <class V> void transpose(V (&rows)[V::size]) {
  constexpr std::size_t lanes = V::size;
  constexpr auto all = std::make_index_sequence<lanes>();
  for (std::size_t pass = 1; pass < lanes; pass *= 2) {
    V next[lanes];
    for (std::size_t i = 0; i < lanes / 2; ++i) {
      next[2 * i] = interleave<0>(rows[i], rows[i + lanes / 2], all);
      next[2 * i + 1] = interleave<lanes / 2>(rows[i], rows[i + lanes / 2], all);
    }
    for (std::size_t i = 0; i < lanes; ++i) rows[i] = next[i];
  }
}

// (count, n) rows, n values from row(i) on, become n columns of Width values, one after the other, padded with zeros:
//
//   row(0)  a b c ...          to  a d 0 0 | b e 0 0 | c f 0 0 | ...        for count 2 and Width 4
//   row(1)  d e f ...
//
// Stores are whole batches, so the last column may be followed by up to one batch of other values.  Squares of lanes x
// lanes values are transposed in registers.
template <class V, Index Width, class Row>
void transpose_in(Row row, Index count, Index n, typename V::value_type* to) {
  constexpr Index lanes = V::size, groups = (Width + lanes - 1) / lanes, high = smaller(Width, lanes);
  for (Index j = 0; j < n; j += lanes) {
    if constexpr (Width % lanes == 0 || groups == 1)  // else a group's store would overwrite another's next column
      if (count == Width && n - j >= lanes) {
        for (Index g = 0; g < groups; ++g) {
          V square[lanes];
#pragma GCC unroll 16
          for (Index r = 0; r < lanes; ++r) square[r] = r < high ? V::load_unaligned(row(g * lanes + r) + j) : V(0);
          transpose(square);
#pragma GCC unroll 16
          for (Index c = 0; c < lanes; ++c) square[c].store_unaligned(to + (j + c) * Width + g * lanes);
        }
        continue;
      }
    V block[groups][lanes];
    for (Index g = 0; g < groups; ++g) {
      for (Index r = 0; r < lanes; ++r) {
        const Index i = g * lanes + r;
        block[g][r] = i < count ? load<V>(row(i) + j, n - j) : V(0);
        if (i < count) __builtin_prefetch(row(i) + j + 4 * lanes);
      }
      transpose(block[g]);
    }
    for (Index c = 0; c < smaller(lanes, n - j); ++c)
      for (Index g = 0; g < groups; ++g) block[g][c].store_unaligned(to + (j + c) * Width + g * lanes);
  }
}

// The inverse: n columns of Width values become the first `count` rows.
template <class V, Index Width, class Row>
void transpose_out(const typename V::value_type* from, Index n, Index count, Row row) {
  constexpr Index lanes = V::size;
  static_assert(Width % lanes == 0);
  for (Index j = 0; j < n; j += lanes)
    for (Index g = 0; g * lanes < count; ++g) {
      V block[lanes];
      for (Index c = 0; c < lanes; ++c)
        block[c] = j + c < n ? V::load_unaligned(from + (j + c) * Width + g * lanes) : V(0);
      transpose(block);
      for (Index r = 0; r < smaller(lanes, count - g * lanes); ++r) store<V>(block[r], row(g * lanes + r) + j, n - j);
    }
}

// The N sums over i = 0, lanes, 2 lanes, ... of the registers f(i, n - i); their lanes past the end are ignored.
template <std::size_t N, class T> struct Several {
  T each[N];
  T& operator[](std::size_t k) { return each[k]; }
  const T& operator[](std::size_t k) const { return each[k]; }
};
template <class V, std::size_t N, class F>
[[gnu::always_inline]] inline Several<N, typename V::value_type> sums_over(Index n, F f) {
  constexpr Index lanes = V::size, block = 4 * run_length * lanes;
  using Registers = Several<N, V>;
  const auto sum_from = [&](Index i, Index end) __attribute__((always_inline)) {
    Registers sums[4];  // four chains hide the latency of the addition
    for (Registers& each : sums)
      for (std::size_t k = 0; k < N; ++k) each[k] = V(0);
    const auto add = [&](Registers& to, const Registers& more) {
      for (std::size_t k = 0; k < N; ++k) to[k] += more[k];
    };
    for (; i + 4 * lanes <= end; i += 4 * lanes)
#pragma GCC unroll 4
      for (Index j = 0; j < 4; ++j) add(sums[j], f(i + j * lanes, lanes));
    for (; i + lanes <= end; i += lanes) add(sums[0], f(i, lanes));
    if (i < end) {
      Registers last = f(i, end - i);
      for (std::size_t k = 0; k < N; ++k) last[k] = first_lanes<V>(last[k], end - i);
      add(sums[0], last);
    }
    for (std::size_t k = 0; k < N; ++k) sums[0][k] = (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]);
    return sums[0];
  };
  Several<N, typename V::value_type> result;
  if (n <= block) {
    const Registers all = sum_from(0, n);
    for (std::size_t k = 0; k < N; ++k) result[k] = lanes_sum(all[k]);
    return result;
  }
  Pairwise<V> totals[N];
  for (Index i = 0; i < n; i += block) {
    const Registers part = sum_from(i, smaller(i + block, n));
    for (std::size_t k = 0; k < N; ++k) totals[k].add(part[k]);
  }
  for (std::size_t k = 0; k < N; ++k) result[k] = lanes_sum(totals[k].total());
  return result;
}
template <class V, class F> typename V::value_type sum_over(Index n, F f) {
  return sums_over<V, 1>(n, [&](Index i, Index left) { return Several<1, V>{{f(i, left)}}; })[0];
}

}  // namespace
}  // namespace latent::kernels
