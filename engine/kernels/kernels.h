// All kernels: raw pointers in, raw pointers out.
//
// Each kernel is declared here once and defined in a .cpp of this folder.  CMake compiles the folder once per SIMD
// level; dispatch.h picks the level at run time.  Kernels run on the calling thread, allocate nothing and check
// nothing.  T is float or double.  Neither this file nor the kernels use Tensor or standard containers.
#pragma once
#include <cstdint>

#include "engine/kernels/steps.h"
#include "engine/kernels/walk.h"

namespace latent::kernels {

// y[i - begin] = f.value(operands at position i) for i in [begin, end)
template <class F, int Operands> struct Map {
  F f;
  template <class Arch, class T>
  void operator()(Arch, const Walk<Operands>* walk, const T* const* operands, T* y, Index begin, Index end) const;
};

enum class Reduction { sum, max, min };

// y[i] = reduction over j of x[i * stride + j], j < n
template <Reduction R> struct ReduceRows {
  template <class Arch, class T> void operator()(Arch, const T* x, Index stride, Index rows, Index n, T* y) const;
};
// y[j] = reduction over i of x[i * stride + j], j < n
template <Reduction R> struct ReduceColumns {
  template <class Arch, class T> void operator()(Arch, const T* x, Index stride, Index rows, Index n, T* y) const;
};

// A matrix in memory: element (i, j) is data[i * row_stride + j * column_stride].
template <class T> struct Matrix {
  T* data;
  Index row_stride, column_stride;
};

// C (m, n) = A (m, k) B (k, n) + bias (n), which may be null.  C's rows are contiguous.
// scratch: matmul_scratch(n, k) values, 64-byte aligned.
struct MatMul {
  template <class Arch, class T>
  void operator()(Arch, Matrix<const T> a, Matrix<const T> b, const T* bias, Matrix<T> c, Index m, Index n, Index k,
                  T* scratch) const;
};
inline constexpr Index matmul_depth = 384, matmul_rows = 96, matmul_columns = 1024;  // the blocks that are packed
inline constexpr Index matmul_spill = 16;  // values that packing may write beyond the end
constexpr Index matmul_scratch(Index n, Index k) {
  const Index depth = k < matmul_depth ? k : matmul_depth, columns = n < matmul_columns ? n : matmul_columns;
  return depth * (matmul_rows + columns + 32) + 2 * matmul_spill;
}

// Softmax and its logarithm over contiguous rows of n.
struct Softmax {
  template <class Arch, class T> void operator()(Arch, const T* x, T* y, Index rows, Index n) const;
};
struct SoftmaxBackward {  // gx = y (g - sum(g y))
  template <class Arch, class T> void operator()(Arch, const T* y, const T* g, T* gx, Index rows, Index n) const;
};
struct LogSoftmax {
  template <class Arch, class T> void operator()(Arch, const T* x, T* y, Index rows, Index n) const;
};
struct LogSoftmaxBackward {  // gx = g - exp(y) sum(g)
  template <class Arch, class T> void operator()(Arch, const T* y, const T* g, T* gx, Index rows, Index n) const;
};

// Each row's loss, log_sum - (1 - e) z[label] - e mean(z) with z = x - max(x), and log_sum = log(sum(exp(z))), which
// the backward pass needs.  e is the smoothing.
struct CrossEntropy {
  template <class Arch, class T>
  void operator()(Arch, const T* x, const Index* labels, T smoothing, T* loss, T* log_sum, Index rows, Index n) const;
};
struct CrossEntropyBackward {  // gx = g (softmax(x) - (1 - e) onehot - e / n)
  template <class Arch, class T>
  void operator()(Arch, const T* x, const Index* labels, T smoothing, const T* log_sum, T g, T* gx, Index rows,
                  Index n) const;
};

// y = (x - mean) / sqrt(variance + eps) * weight + bias over rows of n; weight and bias may be null.  With Centred
// false the mean is taken as 0: RMSNorm.  Stores 1 / deviation of each row and, if centred, its mean as the sum of two
// numbers: one number has a rounding error that may exceed the deviation.
template <bool Centred> struct Normalize {
  template <class Arch, class T>
  void operator()(Arch, const T* x, const T* weight, const T* bias, T eps, T* y, T* mean, T* scale, Index rows,
                  Index n) const;
};
// gx may be null; gweight and gbias (null or n each) are overwritten with the sums over these rows.
template <bool Centred> struct NormalizeBackward {
  template <class Arch, class T>
  void operator()(Arch, const T* x, const T* weight, const T* mean, const T* scale, const T* g, T* gx, T* gweight,
                  T* gbias, Index rows, Index n) const;
};

// y = x / (1 - p) where u >= p, else 0; u is Generator::uniform_at() at the value's counter
struct Dropout {
  template <class Arch, class T>
  void operator()(Arch, const T* x, T* y, Index n, double p, std::uint64_t seed, std::uint64_t counter) const;
};

// x and y are (heads, 2 * pairs).  Pair i of a row, values 2i and 2i + 1 or (not interleaved) i and i + pairs, is
// rotated by the angle with cosines[i] and sines[i].
struct RotatePairs {
  template <class Arch, class T>
  void operator()(Arch, const T* x, const T* cosines, const T* sines, T* y, Index heads, Index pairs,
                  bool interleaved) const;
};

// One number for each score, or null: element (head, query, key).
template <class T> struct PerScore {
  const T* data;
  Index head_stride, query_stride, key_stride;
};
// Attention of a group of query heads that share one key/value head: group x N queries of size D, T = `keys` keys of
// size D, and T values of size E.  Hidden scores count as -infinity; a query without keys gives 0.
template <class T> struct AttentionShape {
  Index group, N, keys, D, E;
  Index first, last;  // this call computes queries [first, last) of the group x N
  double scale;
  bool causal;       // query n sees keys t <= T - N + n
  PerScore<T> mask;  // 0 where a key is hidden
  PerScore<T> bias;  // added to the scores; -infinity hides
};
template <class T> struct Heads {  // element (head, position, channel)
  T* data;
  Index head_stride, position_stride, channel_stride;
};

// scratch for either kernel: attention_scratch(D, E) bytes, 64-byte aligned
inline constexpr Index attention_tile = 96;      // keys in a tile
inline constexpr Index attention_blocks = 4;     // blocks of queries that read a tile in turn
inline constexpr Index attention_few = 4;        // up to this number of queries, as in decoding, a simpler loop runs
inline constexpr Index attention_queries = 128;  // in one task of a thread: attention_blocks blocks of the widest SIMD
constexpr Index attention_scratch(Index D, Index E) {
  return 128 * (attention_blocks * (4 * D + 2 * E + 64) + 2 * attention_tile);
}

// out (group, N, E); top and sum (group, N): each query's largest score, and its sum of exp(score - top).  out, and
// below g and all gradients, have channel stride 1.
template <class T> struct AttentionArrays {
  Heads<const T> q, k, v;
  Heads<T> out;
  T *top, *sum;
};
struct Attention {
  template <class Arch, class T>
  void operator()(Arch, const AttentionShape<T>* shape, const AttentionArrays<T>* arrays, T* scratch) const;
};
// gq (group, N, D), gk (T, D), gv (T, E), each with null for data where not wanted
template <class T> struct AttentionBackwardArrays {
  Heads<const T> q, k, v, out;
  const T *top, *sum;
  Heads<const T> g;
  Heads<T> gq, gk, gv;
};
struct AttentionBackward {
  template <class Arch, class T>
  void operator()(Arch, const AttentionShape<T>* shape, const AttentionBackwardArrays<T>* arrays, T* scratch) const;
};

// The steps of optimisers over n values: steps.h says what is computed.
struct SgdUpdate {
  template <class Arch, class T> void operator()(Arch, const SgdStep* step, const T* g, T* p, T* m, Index n) const;
};
struct AdamUpdate {
  template <class Arch, class T>
  void operator()(Arch, const AdamStep* step, const T* g, T* m, T* v, const T* p, T* to, Index n) const;
};

}  // namespace latent::kernels
