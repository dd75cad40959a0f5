// Row-wise kernels: softmax, its logarithm, cross-entropy, LayerNorm and RMSNorm.
#include <cmath>

#include "engine/kernels/elementary.h"

namespace latent::kernels {
namespace {

template <class V> typename V::value_type row_max(const typename V::value_type* x, Index n) {
  constexpr Index lanes = V::size;
  V most(x[0]);
  Index i = 0;
  for (; i + lanes <= n; i += lanes) most = xsimd::max(most, V::load_unaligned(x + i));
  for (; i < n; ++i) most = xsimd::max(most, V(x[i]));
  return fold_lanes(most, [](const V& a, const V& b) { return xsimd::max(a, b); });
}

// log(sum(exp(x - most))) of a row whose maximum is `most`.  Kept apart from the maximum: their sum would round the
// logarithm away where values are large.
template <class V>
typename V::value_type row_log_sum(const typename V::value_type* x, Index n, typename V::value_type most) {
  const V shift(most);
  return std::log(sum_over<V>(n, [&](Index i, Index left) { return xsimd::exp(load<V>(x + i, left) - shift); }));
}

}  // namespace

template <class Arch, class T> void Softmax::operator()(Arch, const T* x, T* y, Index rows, Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index row = 0; row < rows; ++row, x += n, y += n) {
    const V shift(row_max<V>(x, n));
    const V scale(1 / sum_over<V>(n, [&](Index i, Index left) {
                    const V e = xsimd::exp(load<V>(x + i, left) - shift);
                    store<V>(e, y + i, left);
                    return e;
                  }));
    for (Index i = 0; i < n; i += V::size) store<V>(load<V>(y + i, n - i) * scale, y + i, n - i);
  }
}

template <class Arch, class T>
void SoftmaxBackward::operator()(Arch, const T* y, const T* g, T* gx, Index rows, Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index row = 0; row < rows; ++row, y += n, g += n, gx += n) {
    const V dot(sum_over<V>(n, [&](Index i, Index left) { return load<V>(y + i, left) * load<V>(g + i, left); }));
    for (Index i = 0; i < n; i += V::size)
      store<V>(load<V>(y + i, n - i) * (load<V>(g + i, n - i) - dot), gx + i, n - i);
  }
}

template <class Arch, class T> void LogSoftmax::operator()(Arch, const T* x, T* y, Index rows, Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index row = 0; row < rows; ++row, x += n, y += n) {
    const T most = row_max<V>(x, n);
    const V shift(most), log_sum(row_log_sum<V>(x, n, most));
    for (Index i = 0; i < n; i += V::size) store<V>((load<V>(x + i, n - i) - shift) - log_sum, y + i, n - i);
  }
}

template <class Arch, class T>
void LogSoftmaxBackward::operator()(Arch, const T* y, const T* g, T* gx, Index rows, Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index row = 0; row < rows; ++row, y += n, g += n, gx += n) {
    const V total(sum_over<V>(n, [&](Index i, Index left) { return load<V>(g + i, left); }));
    for (Index i = 0; i < n; i += V::size)
      store<V>(load<V>(g + i, n - i) - xsimd::exp(load<V>(y + i, n - i)) * total, gx + i, n - i);
  }
}

template <class Arch, class T>
void CrossEntropy::operator()(Arch, const T* x, const Index* labels, T smoothing, T* loss, T* log_sum, Index rows,
                              Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index row = 0; row < rows; ++row, x += n) {
    const T most = row_max<V>(x, n);
    const V shift(most);
    log_sum[row] = row_log_sum<V>(x, n, most);
    loss[row] = log_sum[row] - (1 - smoothing) * (x[labels[row]] - most);
    if (smoothing != 0)
      loss[row] -= smoothing / T(n) * sum_over<V>(n, [&](Index i, Index left) { return load<V>(x + i, left) - shift; });
  }
}

template <class Arch, class T>
void CrossEntropyBackward::operator()(Arch, const T* x, const Index* labels, T smoothing, const T* log_sum, T g, T* gx,
                                      Index rows, Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index row = 0; row < rows; ++row, x += n, gx += n) {
    const V shift(row_max<V>(x, n)), sum(log_sum[row]), even(smoothing / T(n)), scale(g);
    for (Index i = 0; i < n; i += V::size)
      store<V>((xsimd::exp((load<V>(x + i, n - i) - shift) - sum) - even) * scale, gx + i, n - i);
    gx[labels[row]] -= g * (1 - smoothing);
  }
}

template <bool Centred>
template <class Arch, class T>
void Normalize<Centred>::operator()(Arch, const T* x, const T* weight, const T* bias, T eps, T* y, T* mean, T* scale,
                                    Index rows, Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index row = 0; row < rows; ++row, x += n, y += n) {
    const T average = Centred ? sum_over<V>(n, [&](Index i, Index left) { return load<V>(x + i, left); }) / T(n) : T(0);
    const V centre(average);
    const auto sums = sums_over<V, 2>(n, [&](Index i, Index left) {
      const V d = load<V>(x + i, left) - centre;
      return Several<2, V>{{d, d * d}};
    });
    const T left_over = Centred ? sums[0] / T(n) : T(0), variance = sums[1] / T(n) - left_over * left_over;
    if (Centred) mean[2 * row] = average, mean[2 * row + 1] = left_over;
    const V rest(left_over);
    scale[row] = 1 / std::sqrt(variance + eps);
    const V factor(scale[row]);
    for (Index i = 0; i < n; i += V::size) {
      V value = ((load<V>(x + i, n - i) - centre) - rest) * factor;
      if (weight) value *= load<V>(weight + i, n - i);
      if (bias) value += load<V>(bias + i, n - i);
      store<V>(value, y + i, n - i);
    }
  }
}

// With z = (x - mean) scale and h = g weight:  gx = scale (h - mean(h) - z mean(h z)); RMSNorm has no mean(h).
template <bool Centred>
template <class Arch, class T>
void NormalizeBackward<Centred>::operator()(Arch, const T* x, const T* weight, const T* mean, const T* scale,
                                            const T* g, T* gx, T* gweight, T* gbias, Index rows, Index n) const {
  using V = xsimd::batch<T, Arch>;
  for (Index i = 0; i < n; ++i) {
    if (gweight) gweight[i] = 0;
    if (gbias) gbias[i] = 0;
  }
  for (Index row = 0; row < rows; ++row, x += n, g += n) {
    const V centre(Centred ? mean[2 * row] : T(0)), rest(Centred ? mean[2 * row + 1] : T(0)), factor(scale[row]);
    struct Batch {
      V g, h, z;  // past the end g and h are 0
    };
    const auto batch = [&](Index i, Index left) {
      const V v = load<V>(g + i, left);
      return Batch{v, weight ? v * load<V>(weight + i, left) : v, ((load<V>(x + i, left) - centre) - rest) * factor};
    };
    V mean_h(T(0)), mean_hz(T(0));
    if (gx) {
      const auto sums = sums_over<V, 2>(n, [&](Index i, Index left) {
        const Batch b = batch(i, left);
        return Several<2, V>{{b.h, b.h * b.z}};
      });
      mean_h = V(Centred ? sums[0] / T(n) : T(0));
      mean_hz = V(sums[1] / T(n));
    }
    for (Index i = 0; i < n; i += V::size) {
      const Batch b = batch(i, n - i);
      if (gx) store<V>((b.h - mean_h - b.z * mean_hz) * factor, gx + i, n - i);
      if (gweight) store<V>(multiply_add(b.g, b.z, load<V>(gweight + i, n - i)), gweight + i, n - i);
      if (gbias) store<V>(load<V>(gbias + i, n - i) + b.g, gbias + i, n - i);
    }
    if (gx) gx += n;
  }
}

[[gnu::used]] constexpr auto emitted =
    emit<Softmax, SoftmaxBackward, LogSoftmax, LogSoftmaxBackward, CrossEntropy, CrossEntropyBackward, Normalize<true>,
         Normalize<false>, NormalizeBackward<true>, NormalizeBackward<false>>();

}  // namespace latent::kernels
