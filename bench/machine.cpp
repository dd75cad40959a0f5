#include "bench/machine.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "engine/level.h"
#include "engine/parallel.h"
#include "engine/tensor.h"

namespace latent::bench {
namespace {

constexpr int repeats = 100'000, chains = 16;  // enough chains to hide the latency of an fma
volatile float sink;

// One function per level: chains of v = v x + y, each value in a register.
#if defined(__x86_64__)
[[gnu::target("avx512f")]] void fma_avx512() {
  __m512 v[chains], x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
  for (auto& each : v) each = x;
  for (int i = 0; i < repeats; ++i) {
#pragma GCC unroll 16
    for (auto& each : v) each = _mm512_fmadd_ps(each, x, y);
  }
  for (const auto& each : v) sink = _mm512_cvtss_f32(each);
}
[[gnu::target("avx2,fma")]] void fma_avx2() {
  __m256 v[chains - 4], x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
  for (auto& each : v) each = x;
  for (int i = 0; i < repeats; ++i) {
#pragma GCC unroll 16
    for (auto& each : v) each = _mm256_fmadd_ps(each, x, y);
  }
  for (const auto& each : v) sink = _mm256_cvtss_f32(each);
}
void fma_sse2() {
  __m128 v[chains - 4], x = _mm_set1_ps(0.999f), y = _mm_set1_ps(0.001f);
  for (auto& each : v) each = x;
  for (int i = 0; i < repeats; ++i) {
#pragma GCC unroll 16
    for (auto& each : v) each = _mm_add_ps(_mm_mul_ps(each, x), y);
  }
  for (const auto& each : v) sink = _mm_cvtss_f32(each);
}
#elif defined(__aarch64__)
void fma_neon64() {
  float32x4_t v[chains], x = vdupq_n_f32(0.999f), y = vdupq_n_f32(0.001f);
  for (auto& each : v) each = x;
  for (int i = 0; i < repeats; ++i) {
#pragma GCC unroll 16
    for (auto& each : v) each = vfmaq_f32(y, each, x);
  }
  for (const auto& each : v) sink = vgetq_lane_f32(each, 0);
}
#endif

struct Roof {
  void (*work)();
  double flops;
};

Roof roof() {
#if defined(__x86_64__)
  if (level() == "avx512") return {fma_avx512, 2.0 * 16 * chains * repeats};
  if (level() == "avx2") return {fma_avx2, 2.0 * 8 * (chains - 4) * repeats};
  return {fma_sse2, 2.0 * 4 * (chains - 4) * repeats};
#else
  return {fma_neon64, 2.0 * 4 * chains * repeats};
#endif
}

}  // namespace

std::function<void()> fma_work(int threads) {
  return [threads, work = roof().work] { parallel_for(threads, 1, [&](Index, Index) { work(); }); };
}
double fma_flops(int threads) { return roof().flops * threads; }

std::function<void()> copy_work() {
  constexpr Index bytes = 64 << 20;
  constexpr Index piece = 4 * 65536;                               // in bytes, as in Tensor::copy_from
  const Tensor from = ones({bytes / 4}), to = zeros({bytes / 4});  // allocated like results of ops
  return [=] {
    parallel_for(bytes, piece, [&](Index begin, Index end) {
      std::memcpy(static_cast<char*>(to.storage()->data) + begin, static_cast<char*>(from.storage()->data) + begin,
                  std::size_t(end - begin));
    });
  };
}

Busy::Busy(int processes) {
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child == 0) {
#ifdef __linux__
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // if this process is killed
#endif
      for (volatile unsigned turns = 0;;) turns = turns + 1;
    }
    if (child > 0) processes_.push_back(child);
  }
}
Busy::~Busy() {
  for (const int each : processes_) {
    kill(each, SIGKILL);
    waitpid(each, nullptr, 0);
  }
}

}  // namespace latent::bench
