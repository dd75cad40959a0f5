// The steps.  They are compiled without automatic vectorisation (bench/CMakeLists.txt): a loop that is written value by
// value also runs value by value, and each step shows the effect of its own idea.
#include "bench/ladder_steps.h"

#include <cmath>
#include <limits>

#include "engine/kernels/simd.h"

namespace latent::bench {
namespace {

using kernels::fold_lanes, kernels::lanes_sum, kernels::multiply_add, kernels::smaller;

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

// The size of a tile: two batches of columns, and rows that leave registers for B and A (AVX-512 has 32, others 16).
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

// 4. C is computed tile by tile: a loaded batch of B serves several rows, a loaded value of A two batches.
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

// Copies a block of B panel by panel, and rows of A column by column, in the order in which the tile reads them.
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

float dot(const float* a, const float* b, Index n) {
  float sum = 0;
  for (Index i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void softmax_row(float* x, Index n) {
  float most = x[0], sum = 0;
  for (Index i = 1; i < n; ++i) most = x[i] > most ? x[i] : most;
  for (Index i = 0; i < n; ++i) sum += x[i] = std::exp(x[i] - most);
  for (Index i = 0; i < n; ++i) x[i] /= sum;
}

// 1. The definition: all scores, their softmax, the weighted sums.
void ten_lines(const float* q, const float* k, const float* v, float* y, Index N, Index T, Index D, float* p) {
  for (Index n = 0; n < N; ++n)
    for (Index t = 0; t < T; ++t) p[n * T + t] = dot(q + n * D, k + t * D, D) / std::sqrt(float(D));
  for (Index n = 0; n < N; ++n) softmax_row(p + n * T, T);
  clear(y, N * D);
  for (Index n = 0; n < N; ++n)
    for (Index t = 0; t < T; ++t)
      for (Index d = 0; d < D; ++d) y[n * D + d] += p[n * T + t] * v[t * D + d];
}

// 2. The same for one query after the other: its T scores are used while they are in the cache.
void fused(const float* q, const float* k, const float* v, float* y, Index N, Index T, Index D, float* p) {
  for (Index n = 0; n < N; ++n) ten_lines(q + n * D, k, v, y + n * D, 1, T, D, p);
}

// 3. One pass over the keys: a larger maximum scales down the sums so far.  No score is kept.
void online(const float* q, const float* k, const float* v, float* y, Index N, Index T, Index D) {
  for (Index n = 0; n < N; ++n) {
    float most = -std::numeric_limits<float>::infinity(), sum = 0;
    float* const total = y + n * D;
    clear(total, D);
    for (Index t = 0; t < T; ++t) {
      const float score = dot(q + n * D, k + t * D, D) / std::sqrt(float(D));
      const float top = score > most ? score : most, keep = std::exp(most - top), p = std::exp(score - top);
      for (Index d = 0; d < D; ++d) total[d] = total[d] * keep + p * v[t * D + d];
      sum = sum * keep + p;
      most = top;
    }
    for (Index d = 0; d < D; ++d) total[d] /= sum;
  }
}

// 4. A tile of keys at a time: one new maximum and one scaling per tile, and SIMD over keys or channels.
template <class V>
void tiled(const float* q, const float* k, const float* v, float* y, Index N, Index T, Index D, float* p) {
  const auto larger = [](const V& a, const V& b) { return xsimd::max(a, b); };
  for (Index n = 0; n < N; ++n) {
    float most = -std::numeric_limits<float>::infinity(), sum = 0;
    float* const total = y + n * D;
    clear(total, D);
    for (Index from = 0; from < T; from += ladder_keys) {
      V top(most), exponentials(0.0f);
      for (Index t = 0; t < ladder_keys; ++t) {
        V products(0.0f);
        for (Index d = 0; d < D; d += V::size)
          products =
              multiply_add(V::load_unaligned(q + n * D + d), V::load_unaligned(k + (from + t) * D + d), products);
        p[t] = lanes_sum(products) / std::sqrt(float(D));
      }
      for (Index t = 0; t < ladder_keys; t += V::size) top = xsimd::max(top, V::load_unaligned(p + t));
      const float highest = fold_lanes(top, larger), keep = std::exp(most - highest);
      for (Index t = 0; t < ladder_keys; t += V::size) {
        const V e = xsimd::exp(V::load_unaligned(p + t) - V(highest));
        e.store_unaligned(p + t);
        exponentials += e;
      }
      for (Index d = 0; d < D; d += V::size) {
        V channels = V(keep) * V::load_unaligned(total + d);
        for (Index t = 0; t < ladder_keys; ++t)
          channels = multiply_add(V(p[t]), V::load_unaligned(v + (from + t) * D + d), channels);
        channels.store_unaligned(total + d);
      }
      sum = sum * keep + lanes_sum(exponentials);
      most = highest;
    }
    for (Index d = 0; d < D; ++d) total[d] /= sum;
  }
}

// 5. A batch of queries fills the lanes: one register holds a score for each query, and no sum runs across lanes.
template <class V>
void lanes(const float* q, const float* k, const float* v, float* y, Index N, Index T, Index D, float* p) {
  constexpr Index width = V::size;
  float *const queries = p + ladder_keys * width, *const totals = queries + D * width;  // (D, width), both
  const V scale(1 / std::sqrt(float(D)));
  for (Index n = 0; n < N; n += width) {
    for (Index d = 0; d < D; ++d)
      for (Index i = 0; i < width; ++i) queries[d * width + i] = q[(n + i) * D + d];
    clear(totals, D * width);
    V most(-std::numeric_limits<float>::infinity()), sum(0.0f);
    for (Index from = 0; from < T; from += ladder_keys) {
      V top = most;
      for (Index t = 0; t < ladder_keys; ++t) {
        V score(0.0f);
        for (Index d = 0; d < D; ++d)
          score = multiply_add(V(k[(from + t) * D + d]), V::load_unaligned(queries + d * width), score);
        score *= scale;
        score.store_unaligned(p + t * width);
        top = xsimd::max(top, score);
      }
      const V keep = xsimd::exp(most - top);
      sum *= keep;
      for (Index t = 0; t < ladder_keys; ++t) {
        const V e = xsimd::exp(V::load_unaligned(p + t * width) - top);
        e.store_unaligned(p + t * width);
        sum += e;
      }
      for (Index d = 0; d < D; ++d) {
        V total = keep * V::load_unaligned(totals + d * width);
        for (Index t = 0; t < ladder_keys; ++t)
          total = multiply_add(V(v[(from + t) * D + d]), V::load_unaligned(p + t * width), total);
        total.store_unaligned(totals + d * width);
      }
      most = top;
    }
    for (Index d = 0; d < D; ++d) (V::load_unaligned(totals + d * width) / sum).store_unaligned(totals + d * width);
    for (Index d = 0; d < D; ++d)
      for (Index i = 0; i < width; ++i) y[(n + i) * D + d] = totals[d * width + i];
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

template <class Arch>
void LadderAttention::operator()(Arch, const float* q, const float* k, const float* v, float* y, Index N, Index T,
                                 Index D, float* scratch) const {
  using V = xsimd::batch<float, Arch>;
  static_assert(size_unit % ladder_keys == 0 && ladder_keys % V::size == 0);
  switch (step) {
    case Step::ten_lines: return ten_lines(q, k, v, y, N, T, D, scratch);
    case Step::fused: return fused(q, k, v, y, N, T, D, scratch);
    case Step::online: return online(q, k, v, y, N, T, D);
    case Step::tiled: return tiled<V>(q, k, v, y, N, T, D, scratch);
    case Step::lanes: return lanes<V>(q, k, v, y, N, T, D, scratch);
  }
}

template void LadderProduct::operator()(LATENT_ARCH, const float*, const float*, float*, Index, float*) const;
template void LadderSoftmax::operator()(LATENT_ARCH, const float*, float*, float*, float*, Index, Index) const;
template void LadderAttention::operator()(LATENT_ARCH, const float*, const float*, const float*, float*, Index, Index,
                                          Index, float*) const;

}  // namespace latent::bench
