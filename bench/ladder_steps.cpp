// The steps themselves.  The compiler is told not to turn plain loops into SIMD (bench/CMakeLists.txt), so that a loop
// that is written value by value also runs so, and a step is worth what its own idea brings.
#include "bench/ladder_steps.h"

#include <cmath>

#include "engine/kernels/simd.h"

namespace latent::bench {
namespace {

using kernels::multiply_add, kernels::smaller;

void clear(float* c, Index count) {
  for (Index i = 0; i < count; ++i) c[i] = 0;
}

// 1. The definition: each value of C is a row of A times a column of B.  Going down a column touches a new cache line
//    for every value.
void textbook(const float* a, const float* b, float* c, Index n) {
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      float sum = 0;
      for (Index k = 0; k < n; ++k) sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
}

// 2. The same sums with j innermost: all three matrices are now read along their rows.
void loop_order(const float* a, const float* b, float* c, Index n) {
  clear(c, n * n);
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < n; ++k)
      for (Index j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
}

// 3. One instruction multiplies and adds a whole batch of j.
template <class V> void simd(const float* a, const float* b, float* c, Index n) {
  clear(c, n * n);
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < n; ++k) {
      const V value(a[i * n + k]);
      for (Index j = 0; j < n; j += V::size) {
        float* const to = c + i * n + j;
        multiply_add(value, V::load_unaligned(b + k * n + j), V::load_unaligned(to)).store_unaligned(to);
      }
    }
}

// Two batches of columns, and as many rows as leave registers for B and A: there are 32 with AVX-512, else 16.
template <class V> constexpr Index columns = 2 * V::size;
template <class V> constexpr Index rows = sizeof(V) == 64 ? 8 : 4;

// C (rows, columns) += A (rows, depth) B (depth, columns).  The sums stay in registers all the way.
template <class V>
void tile(const float* a, Index a_row, Index a_column, const float* b, Index b_row, float* c, Index n, Index depth) {
  V sum[rows<V>][2];
  for (Index i = 0; i < rows<V>; ++i)
    for (Index j = 0; j < 2; ++j) sum[i][j] = V::load_unaligned(c + i * n + j * V::size);
  for (Index k = 0; k < depth; ++k, a += a_column, b += b_row) {
    const V first = V::load_unaligned(b), second = V::load_unaligned(b + V::size);
#pragma GCC unroll 8
    for (Index i = 0; i < rows<V>; ++i) {
      const V value(a[i * a_row]);
      sum[i][0] = multiply_add(value, first, sum[i][0]);
      sum[i][1] = multiply_add(value, second, sum[i][1]);
    }
  }
  for (Index i = 0; i < rows<V>; ++i)
    for (Index j = 0; j < 2; ++j) sum[i][j].store_unaligned(c + i * n + j * V::size);
}

// 4. C is computed tile by tile: what is loaded of B serves several rows, what is loaded of A two batches.
template <class V> void register_tile(const float* a, const float* b, float* c, Index n) {
  clear(c, n * n);
  for (Index i = 0; i < n; i += rows<V>)
    for (Index j = 0; j < n; j += columns<V>) tile<V>(a + i * n, n, 1, b + j, n, c + i * n + j, n, n);
}

// 5. The same tiles in an order that uses a block of B for all rows of A while it is in the cache.
template <class V> void blocks(const float* a, const float* b, float* c, Index n) {
  clear(c, n * n);
  for (Index k = 0; k < n; k += ladder_depth)
    for (Index j = 0; j < n; j += ladder_width)
      for (Index i = 0; i < n; i += rows<V>)
        for (Index jj = j; jj < smaller(n, j + ladder_width); jj += columns<V>)
          tile<V>(a + i * n + k, n, 1, b + k * n + jj, n, c + i * n + jj, n, smaller(ladder_depth, n - k));
}

// The block of B panel by panel, and rows of A column by column: as the tile reads them.
template <class V> void pack_b(const float* b, Index n, Index depth, Index width, float* to) {
  for (Index j = 0; j < width; j += columns<V>)
    for (Index k = 0; k < depth; ++k, to += columns<V>)
      for (Index i = 0; i < columns<V>; i += V::size) V::load_unaligned(b + k * n + j + i).store_unaligned(to + i);
}
template <class V> void pack_a(const float* a, Index n, Index depth, float* to) {
  for (Index k = 0; k < depth; ++k)
    for (Index i = 0; i < rows<V>; ++i) *to++ = a[i * n + k];
}

// 6. The blocks are first copied into the order in which the tile reads them: one address after the other.
template <class V> void packing(const float* a, const float* b, float* c, Index n, float* packed_b) {
  float* const packed_a = packed_b + ladder_depth * ladder_width;
  clear(c, n * n);
  for (Index k = 0; k < n; k += ladder_depth)
    for (Index j = 0; j < n; j += ladder_width) {
      const Index depth = smaller(ladder_depth, n - k), width = smaller(ladder_width, n - j);
      pack_b<V>(b + k * n + j, n, depth, width, packed_b);
      for (Index i = 0; i < n; i += rows<V>) {
        pack_a<V>(a + i * n + k, n, depth, packed_a);
        for (Index jj = 0; jj < width; jj += columns<V>)
          tile<V>(packed_a, 1, rows<V>, packed_b + jj * depth, columns<V>, c + i * n + j + jj, n, depth);
      }
    }
}

}  // namespace

template <class Arch>
void LadderProduct::operator()(Arch, const float* a, const float* b, float* c, Index n, float* scratch) const {
  using V = xsimd::batch<float, Arch>;
  static_assert(size_unit % columns<V> == 0 && size_unit % rows<V> == 0);
  switch (step) {
    case Step::textbook: return textbook(a, b, c, n);
    case Step::loop_order: return loop_order(a, b, c, n);
    case Step::simd: return simd<V>(a, b, c, n);
    case Step::register_tile: return register_tile<V>(a, b, c, n);
    case Step::blocks: return blocks<V>(a, b, c, n);
    case Step::packing: return packing<V>(a, b, c, n, scratch);
  }
}

// Each pass reads the whole matrix, and the second and third write it.
template <class Arch>
void LadderSoftmax::operator()(Arch, const float* x, float* y, float* most, float* sum, Index rows, Index n) const {
  for (Index i = 0; i < rows; ++i) {
    most[i] = x[i * n];
    for (Index j = 1; j < n; ++j) most[i] = x[i * n + j] > most[i] ? x[i * n + j] : most[i];
  }
  for (Index i = 0; i < rows; ++i) {
    sum[i] = 0;
    for (Index j = 0; j < n; ++j) sum[i] += y[i * n + j] = std::exp(x[i * n + j] - most[i]);
  }
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < n; ++j) y[i * n + j] /= sum[i];
}

template void LadderProduct::operator()(LATENT_ARCH, const float*, const float*, float*, Index, float*) const;
template void LadderSoftmax::operator()(LATENT_ARCH, const float*, float*, float*, float*, Index, Index) const;

}  // namespace latent::bench
