// Philox4x32-10 (Salmon et al. 2011): ten rounds of multiply and exchange over a 128-bit counter, keyed by the seed.
#pragma once
#include <cstdint>

namespace latent::kernels {
namespace {

// Four random words for each of `Lanes` counters, whose lower 64 bits are given and whose upper 64 bits are 0.  The
// loops over lanes become SIMD instructions.
template <int Lanes> struct Philox {
  std::uint32_t words[4][Lanes];

  Philox(std::uint64_t key, const std::uint64_t* counters) {
    std::uint32_t k0 = std::uint32_t(key), k1 = std::uint32_t(key >> 32);
    auto& [x0, x1, x2, x3] = words;
    for (int i = 0; i < Lanes; ++i) {
      x0[i] = std::uint32_t(counters[i]);
      x1[i] = std::uint32_t(counters[i] >> 32);
      x2[i] = x3[i] = 0;
    }
    for (int round = 0; round < 10; ++round) {
      for (int i = 0; i < Lanes; ++i) {
        const std::uint64_t p0 = 0xD2511F53ull * x0[i], p1 = 0xCD9E8D57ull * x2[i];
        x0[i] = std::uint32_t(p1 >> 32) ^ x1[i] ^ k0;
        x1[i] = std::uint32_t(p1);
        x2[i] = std::uint32_t(p0 >> 32) ^ x3[i] ^ k1;
        x3[i] = std::uint32_t(p0);
      }
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
  }
};

}  // namespace
}  // namespace latent::kernels
