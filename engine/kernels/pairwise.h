// The order of all long sums: runs of a fixed length, added one after the other, and then pairwise (Higham 1993), so
// that errors grow with the logarithm of the length.  The order follows from the length alone.
#pragma once
#include "engine/kernels/kernels.h"

namespace latent::kernels {
namespace {

constexpr Index run_length = 32;

// Where a sequence of n > unit is cut in two: after 2^i units, and at least half of it.
constexpr Index pairwise_half(Index n, Index unit) {
  Index half = unit;
  while (2 * half < n) half *= 2;
  return half;
}

// The sum of numbers that come one by one: sums_[i] is the sum of 2^i of them.  V: a register or a number.
template <class V> class Pairwise {
 public:
  void add(V x) {
    Index i = 0;
    for (; count_ >> i & 1; ++i) x = sums_[i] + x;
    sums_[i] = x;
    ++count_;
  }
  V total() const {
    V sum(0);
    for (Index i = 0; count_ >> i; ++i)
      if (count_ >> i & 1) sum = sums_[i] + sum;
    return sum;
  }

 private:
  V sums_[48];
  Index count_ = 0;
};

}  // namespace
}  // namespace latent::kernels
