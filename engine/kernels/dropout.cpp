// Dropout, by the random numbers that rand() draws at the same seed and counters.
#include "engine/kernels/philox.h"
#include "engine/kernels/simd.h"

namespace latent::kernels {

template <class Arch, class T>
void Dropout::operator()(Arch, const T* x, T* y, Index n, double p, std::uint64_t seed, std::uint64_t counter) const {
  // u >= p as a comparison of integers; u is the upper 24 (f32) or 53 (f64) bits of two words
  constexpr int bits = sizeof(T) == 4 ? 24 : 53, lanes = 32;
  const std::uint64_t least = std::uint64_t(std::ceil(p * double(std::uint64_t(1) << bits)));
  const T scale = T(1 / (1 - p));
  for (Index begin = 0; begin < n; begin += lanes) {
    std::uint64_t counters[lanes];
    for (int i = 0; i < lanes; ++i) counters[i] = counter + std::uint64_t(begin + i);
    const Philox<lanes> random(seed, counters);
    const Index count = smaller(Index(lanes), n - begin);
    for (Index i = 0; i < count; ++i) {
      const std::uint64_t word = random.words[0][i] | std::uint64_t(random.words[1][i]) << 32;
      y[begin + i] = word >> (64 - bits) >= least ? x[begin + i] * scale : T(0);
    }
  }
}

[[gnu::used]] constexpr auto emitted = emit<Dropout>();

}  // namespace latent::kernels
