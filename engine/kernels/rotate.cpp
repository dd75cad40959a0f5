// Pairs of values, each turned by an angle: y = (a cos - b sin, a sin + b cos).
#include "engine/kernels/simd.h"

namespace latent::kernels {

template <class Arch, class T>
void RotatePairs::operator()(Arch, const T* x, const T* cosines, const T* sines, T* y, Index heads, Index pairs,
                             bool interleaved) const {
  const Index of_pair = interleaved ? 2 : 1, partner = interleaved ? 1 : pairs;
  for (Index head = 0; head < heads; ++head, x += 2 * pairs, y += 2 * pairs)
    for (Index i = 0; i < pairs; ++i) {
      const T a = x[i * of_pair], b = x[i * of_pair + partner];
      y[i * of_pair] = a * cosines[i] - b * sines[i];
      y[i * of_pair + partner] = a * sines[i] + b * cosines[i];
    }
}

[[gnu::used]] constexpr auto emitted = emit<RotatePairs>();

}  // namespace latent::kernels
