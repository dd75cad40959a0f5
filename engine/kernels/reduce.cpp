// Reductions over rows (horizontal) and columns (vertical).  The caller, ops/reduce.cpp, cuts long ones into pieces.
#include <limits>

#include "engine/kernels/formulas.h"
#include "engine/kernels/simd.h"

namespace latent::kernels {
namespace {

template <Reduction R, class T> constexpr T identity() {
  if constexpr (R == Reduction::sum) return T(0);
  if constexpr (R == Reduction::max) return -std::numeric_limits<T>::infinity();
  if constexpr (R == Reduction::min) return std::numeric_limits<T>::infinity();
}

template <Reduction R, class V> V combine(const V& a, const V& b) {
  if constexpr (R == Reduction::sum) return a + b;
  if constexpr (R == Reduction::max) return formula::Maximum::value(a, b);
  if constexpr (R == Reduction::min) return formula::Minimum::value(a, b);
}

// The last, partial batch, padded with the identity.
template <Reduction R, class V> V load_last(const typename V::value_type* p, Index count) {
  using T = typename V::value_type;
  constexpr Index lanes = V::size;
  alignas(64) T padded[lanes];
  for (Index i = 0; i < lanes; ++i) padded[i] = i < count ? p[i] : identity<R, T>();
  return V::load_aligned(padded);
}

template <Reduction R, class V> typename V::value_type reduce_run(const typename V::value_type* x, Index n) {
  using T = typename V::value_type;
  constexpr Index lanes = V::size;
  if constexpr (R == Reduction::sum) return sum_over<V>(n, [x](Index i, Index left) { return load<V>(x + i, left); });
  V total[4] = {V(identity<R, T>()), V(identity<R, T>()), V(identity<R, T>()), V(identity<R, T>())};
  Index i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes)
    for (Index j = 0; j < 4; ++j) total[j] = combine<R>(total[j], V::load_unaligned(x + i + j * lanes));
  for (; i + lanes <= n; i += lanes) total[0] = combine<R>(total[0], V::load_unaligned(x + i));
  if (i < n) total[1] = combine<R>(total[1], load_last<R, V>(x + i, n - i));
  const V all = combine<R>(combine<R>(total[0], total[1]), combine<R>(total[2], total[3]));
  return fold_lanes(all, [](const V& a, const V& b) { return combine<R>(a, b); });
}

// y = the reduction over `rows` rows of `columns` values; the `Batches` registers of a row are reduced side by side.
template <Reduction R, class V, Index Batches>
void reduce_strip(const typename V::value_type* x, Index stride, Index rows, Index columns, typename V::value_type* y) {
  constexpr Index lanes = V::size;
  V total[Batches];
  const auto reduce_rows = [&](Index i, Index end) {
    for (Index c = 0; c < Batches; ++c) total[c] = V(identity<R, typename V::value_type>());
    for (; i < end; ++i)
      for (Index c = 0; c < Batches; ++c)
        total[c] = combine<R>(total[c], load<V>(x + i * stride + c * lanes, columns - c * lanes));
  };
  if (R != Reduction::sum || rows <= run_length) {
    reduce_rows(0, rows);
  } else {
    Pairwise<V> sums[Batches];
    for (Index i = 0; i < rows; i += run_length) {
      reduce_rows(i, smaller(i + run_length, rows));
      for (Index c = 0; c < Batches; ++c) sums[c].add(total[c]);
    }
    for (Index c = 0; c < Batches; ++c) total[c] = sums[c].total();
  }
  for (Index c = 0; c < Batches; ++c) store<V>(total[c], y + c * lanes, columns - c * lanes);
}

}  // namespace

template <Reduction R>
template <class Arch, class T>
void ReduceRows<R>::operator()(Arch, const T* x, Index stride, Index rows, Index n, T* y) const {
  for (Index row = 0; row < rows; ++row) y[row] = reduce_run<R, xsimd::batch<T, Arch>>(x + row * stride, n);
}

template <Reduction R>
template <class Arch, class T>
void ReduceColumns<R>::operator()(Arch, const T* x, Index stride, Index rows, Index n, T* y) const {
  using V = xsimd::batch<T, Arch>;
  constexpr Index lanes = V::size;
  Index j = 0;
  for (; j + 4 * lanes <= n; j += 4 * lanes) reduce_strip<R, V, 4>(x + j, stride, rows, 4 * lanes, y + j);
  for (; j < n; j += lanes) reduce_strip<R, V, 1>(x + j, stride, rows, smaller(lanes, n - j), y + j);
}

[[gnu::used]] constexpr auto emitted =
    emit<ReduceRows<Reduction::sum>, ReduceColumns<Reduction::sum>, ReduceRows<Reduction::max>,
         ReduceColumns<Reduction::max>, ReduceRows<Reduction::min>, ReduceColumns<Reduction::min>>();

}  // namespace latent::kernels
