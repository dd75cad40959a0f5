#include "engine/parallel.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace latent {
namespace {
int& count() {
#ifdef _OPENMP
  static int threads = omp_get_max_threads();
#else
  static int threads = 1;
#endif
  return threads;
}
}  // namespace

int threads() { return count(); }

void set_threads(int wanted) {
  if (wanted < 1) fail("set_threads: {} threads, and at least 1 is needed", wanted);
#ifdef _OPENMP
  count() = wanted;
#endif
}

}  // namespace latent
