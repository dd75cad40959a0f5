// Random numbers that are the same on every machine and for every number of threads.
//
// The generator is counter-based (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"):
// the n-th number is a function of seed and n, so tensors fill in parallel and the whole state is two integers.
#pragma once
#include <cstdint>

#include "engine/tensor.h"

namespace latent {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : seed_(seed) {}
  Generator(std::uint64_t seed, std::uint64_t counter) : seed_(seed), counter_(counter) {}

  std::uint64_t seed() const { return seed_; }
  std::uint64_t counter() const { return counter_; }  // seed and counter are the whole state

  std::uint64_t bits();  // 64 random bits
  double uniform();      // in [0, 1), 53 bits
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();                  // mean 0, deviation 1
  Index below(Index n);             // 0 .. n - 1, unbiased; n > 0
  std::uint64_t take(Index count);  // reserve `count` numbers; returns the first one's counter

  // An independent stream, e.g. one per epoch and sample: the same (seed, stream) always gives the same numbers.
  Generator fold_in(std::uint64_t stream) const;

  static std::uint64_t bits_at(std::uint64_t seed, std::uint64_t counter);
  // The number of rand() at this counter: in [0, 1), of no more bits than the type holds, so rounding cannot give 1.
  static double uniform_at(std::uint64_t seed, std::uint64_t counter, DType dtype);

 private:
  std::uint64_t seed_, counter_ = 0;
};

std::vector<Index> permutation(Index n, Generator& generator);  // 0 .. n - 1, shuffled

Tensor rand(const Shape& shape, Generator& generator, DType dtype = DType::f32);   // uniform in [0, 1)
Tensor randn(const Shape& shape, Generator& generator, DType dtype = DType::f32);  // normal, mean 0, deviation 1
Tensor randint(Index low, Index high, const Shape& shape, Generator& generator);   // i64 in [low, high)
// A unit normal cut at +-bound (redrawn outside), then times std: |value| <= bound * std.
Tensor trunc_normal(const Shape& shape, double std, Generator& generator, DType dtype = DType::f32, double bound = 2);

}  // namespace latent
