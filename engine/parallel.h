// parallel_for: work in chunks of a fixed size, shared among the threads.  The chunks depend on sizes only, so results
// are the same bits for any number of threads.
#pragma once
#include <algorithm>
#include <exception>

#include "engine/shape.h"

namespace latent {

int threads();  // how many parallel_for uses; at first what the process may use (affinity, OMP_NUM_THREADS)
void set_threads(int count);  // Error below 1

// f(begin, end) for consecutive pieces of [0, n) of `grain` (the last may be shorter).  An exception in f reaches the
// caller: none leaves the parallel region itself.
template <class F> void parallel_for(Index n, Index grain, F&& f) {
  const Index pieces = (n + grain - 1) / grain;
  const auto piece = [&](Index p) { f(p * grain, std::min(n, (p + 1) * grain)); };
  if (pieces <= 1 || threads() == 1) {
    for (Index p = 0; p < pieces; ++p) piece(p);
    return;
  }
  std::exception_ptr error;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic) num_threads(threads())
#endif
  for (Index p = 0; p < pieces; ++p) {
    try {
      piece(p);
    } catch (...) {
#ifdef _OPENMP
#pragma omp critical
#endif
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace latent
