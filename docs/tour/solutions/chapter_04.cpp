#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

// Each thread writes pieces of y that no other thread touches.
void add_scaled(float factor, const float* x, float* y, Index n) {
  parallel_for(n, 4096, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) y[i] += factor * x[i];
  });
}

// The size alone decides the pieces; their sums are added in order.
float dot(const float* a, const float* b, Index n) {
  constexpr Index piece = 4096;
  std::vector<float> sums(std::size_t((n + piece - 1) / piece));
  parallel_for(n, piece, [&](Index begin, Index end) {
    float sum = 0;
    for (Index i = begin; i < end; ++i) sum += a[i] * b[i];
    sums[std::size_t(begin / piece)] = sum;
  });
  float total = 0;
  for (const float sum : sums) total += sum;
  return total;
}

// Threads share the rows of C.  The inner loop goes along a row of B and of C, so that the compiler can use SIMD; a block
// of B that fits into a cache is used for all rows of a piece.
void multiply(const float* a, const float* b, float* c, Index m, Index n, Index k) {
  constexpr Index rows = 16, depth = 64;
  parallel_for(m, rows, [&](Index begin, Index end) {
    std::fill(c + begin * n, c + end * n, 0.0f);
    for (Index first = 0; first < k; first += depth)
      for (Index i = begin; i < end; ++i)
        for (Index p = first; p < std::min(k, first + depth); ++p) {
          const float factor = a[i * k + p];
          for (Index j = 0; j < n; ++j) c[i * n + j] += factor * b[p * n + j];
        }
  });
}

}  // namespace latent::tour
