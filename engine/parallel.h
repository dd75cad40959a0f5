// parallel_for: work in pieces of a fixed size, distributed over the threads.  No sum crosses the end of a piece whose place
// depends on the number of threads, so results have the same bits for any number.
#pragma once
#include <algorithm>
#include <functional>

#include "engine/shape.h"

namespace latent {

// How many threads parallel_for uses.  At first what the process may use (affinity, OMP_NUM_THREADS), but at most
// most_threads(); and 1 in a process made by fork() after parallel work, whose threads stay with the parent.
int threads();
int most_threads();  // 4 for each processor, and at least 64

// Error below 1, above most_threads(), or above 1 after such a fork().  Not to be called while another thread computes.
void set_threads(int count);

// piece(0) to piece(pieces - 1), each once, by all threads.  An exception in one reaches the caller.
void run_pieces(Index pieces, const std::function<void(Index)>& piece);

// f(begin, end) for consecutive pieces of [0, n) of `grain` (the last may be shorter).
template <class F> void parallel_for(Index n, Index grain, F&& f) {
  const Index pieces = (n + grain - 1) / grain;
  const auto piece = [&](Index p) { f(p * grain, std::min(n, (p + 1) * grain)); };
  if (pieces > 1 && threads() > 1) return run_pieces(pieces, std::ref(piece));
  for (Index p = 0; p < pieces; ++p) piece(p);
}

}  // namespace latent
