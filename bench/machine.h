// The machine's peak in arithmetic and in bandwidth, measured: the roof for every other number (roofline model).
#pragma once
#include <functional>
#include <vector>

namespace latent::bench {

// A function that performs `fma_flops(threads)` floating-point operations (f32, a multiply-add counts 2) on registers,
// at the SIMD level in use, on `threads` threads.
std::function<void()> fma_work(int threads);
double fma_flops(int threads);

// A function that copies 64 MiB with memcpy on all threads; 128 MiB pass between processor and memory.
std::function<void()> copy_work();
inline constexpr double copy_bytes = 2.0 * (64 << 20);

// Other processes that compute, as long as this object lives.
class Busy {
 public:
  explicit Busy(int processes);
  ~Busy();
  Busy(const Busy&) = delete;

 private:
  std::vector<int> processes_;
};

}  // namespace latent::bench
