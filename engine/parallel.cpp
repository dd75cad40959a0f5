#include "engine/parallel.h"

#include <atomic>
#include <exception>
#include <thread>
#include <utility>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif
#ifndef _WIN32
#include <pthread.h>
#endif

namespace latent {
namespace {

thread_local bool is_in_piece = false;
bool forked = false;  // by fork() after parallel work: OpenMP would wait for threads that stayed with the parent

int& count() {
#ifdef _OPENMP
  static int threads = std::min(omp_get_max_threads(), most_threads());
#else
  static int threads = 1;
#endif
  return threads;
}

#ifdef _OPENMP
// Called before all parallel work; the first call registers the handler.
void watch_forks() {
#ifndef _WIN32
  static const int watched = pthread_atfork(nullptr, nullptr, [] {
    forked = true;
    count() = 1;
  });
  (void)watched;
#endif
}
#endif

// A thread's range of pieces: the next one to run, and the end.
struct alignas(64) Range {  // one cache line per thread
  std::atomic<Index> next;
  Index end;
};

}  // namespace

int threads() { return is_in_piece ? 1 : count(); }

int most_threads() { return std::max(64, 4 * int(std::thread::hardware_concurrency())); }

void set_threads(int wanted) {
  if (wanted < 1 || wanted > most_threads())
    fail("set_threads: {} threads, and 1 to {} are possible", wanted, most_threads());
  if (forked && wanted > 1)
    fail("set_threads: {} threads in a process that was made by fork() after parallel work, and 1 is possible", wanted);
#ifdef _OPENMP
  count() = wanted;
#endif
}

// Work stealing: a thread first runs its own range of pieces, which is the same in all ops of one size, so it reads the
// values that it wrote in the previous op (cache locality).  When done, it takes pieces from the ranges of the others.
void run_pieces(Index pieces, const std::function<void(Index)>& piece) {
  const int team = threads();
  const auto begin = [&](int thread) { return thread * pieces / team; };
  std::vector<Range> ranges(static_cast<std::size_t>(team));
  for (int thread = 0; thread < team; ++thread) {
    ranges[std::size_t(thread)].next = begin(thread);
    ranges[std::size_t(thread)].end = begin(thread + 1);
  }
  std::exception_ptr error;  // rethrown after the parallel region, which no exception may leave
  Index failed = pieces;     // the first piece that threw it
#ifdef _OPENMP
  watch_forks();
#pragma omp parallel for schedule(static, 1) num_threads(team)
#endif
  for (int thread = 0; thread < team; ++thread)
    for (int other = 0; other < team; ++other) {
      Range& from = ranges[std::size_t((thread + other) % team)];
      for (Index p; (p = from.next++) < from.end;) {
        const bool outer = std::exchange(is_in_piece, true);
        try {
          piece(p);
        } catch (...) {
#ifdef _OPENMP
#pragma omp critical
#endif
          if (p < failed) failed = p, error = std::current_exception();
        }
        is_in_piece = outer;
      }
    }
  if (error) std::rethrow_exception(error);
}

}  // namespace latent
