// parallel_for cuts a loop into pieces of a fixed size and shares them among the threads.  No sum is cut at a place
// that depends on the number of threads, so results have the same bits for any number.
#pragma once
#include <algorithm>
#include <functional>

#include "engine/shape.h"

namespace latent {

// The number of threads of parallel_for.  Default: all that the process may use (affinity, OMP_NUM_THREADS), up to
// most_threads().  1 within a piece, and in a process made by fork() after parallel work, because the other threads stay
// with the parent.
int threads();
int most_threads();  // 4 for each processor, and at least 64

// Error below 1, above most_threads(), or above 1 after that fork().  Do not call it while another thread computes.
void set_threads(int count);

// Calls piece(0) to piece(pieces - 1), each once, on all threads; loops within a piece run on its thread alone.  If pieces
// throw, the others run all the same, and the exception of the first of them reaches the caller.
void run_pieces(Index pieces, const std::function<void(Index)>& piece);

// Calls f(begin, end) for consecutive pieces of [0, n), each of length `grain`; the last may be shorter.
template <class F> void parallel_for(Index n, Index grain, F&& f) {
  const Index pieces = (n + grain - 1) / grain;
  const auto piece = [&](Index p) { f(p * grain, std::min(n, (p + 1) * grain)); };
  if (pieces > 1 && threads() > 1) return run_pieces(pieces, std::ref(piece));
  for (Index p = 0; p < pieces; ++p) piece(p);
}

}  // namespace latent
