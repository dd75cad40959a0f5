// The steps of optimisers, in place: every value is read and written once.
#include "engine/kernels/simd.h"

namespace latent::kernels {

template <class Arch, class T>
void SgdUpdate::operator()(Arch, const SgdStep* step, const T* g, T* p, T* m, Index n) const {
  using V = xsimd::batch<T, Arch>;
  const V lr(T(step->lr)), decay(T(step->weight_decay)), momentum(T(step->momentum));
  for (Index i = 0; i < n; i += V::size) {
    const V old = load<V>(p + i, n - i), slope = load<V>(g + i, n - i) + decay * old;
    const V moved = momentum * load<V>(m + i, n - i) + slope;
    store<V>(moved, m + i, n - i);
    store<V>(old - lr * (step->nesterov ? slope + momentum * moved : moved), p + i, n - i);
  }
}

template <class Arch, class T>
void AdamUpdate::operator()(Arch, const AdamStep* step, const T* g, T* m, T* v, const T* p, T* to, Index n) const {
  using V = xsimd::batch<T, Arch>;
  const V beta1(T(step->beta1)), rest1(T(1 - step->beta1)), scale1(T(1 / step->correction1));
  const V beta2(T(step->beta2)), rest2(T(1 - step->beta2)), scale2(T(1 / step->correction2));
  const V eps(T(step->eps)), keep(T(step->keep)), move(T(step->move));
  for (Index i = 0; i < n; i += V::size) {
    const V slope = load<V>(g + i, n - i);
    const V first = beta1 * load<V>(m + i, n - i) + rest1 * slope;
    const V second = beta2 * load<V>(v + i, n - i) + rest2 * slope * slope;
    store<V>(first, m + i, n - i);
    store<V>(second, v + i, n - i);
    const V direction = first * scale1 / (xsimd::sqrt(second * scale2) + eps);
    store<V>(keep * load<V>(p + i, n - i) + move * direction, to + i, n - i);
  }
}

[[gnu::used]] constexpr auto emitted = emit<SgdUpdate, AdamUpdate>();

}  // namespace latent::kernels
