// dispatch() runs a kernel at the SIMD level in use.  All calls of kernels go through it.
#pragma once
#include "engine/archs.h"
#include "engine/kernels/kernels.h"
#include "engine/level.h"

namespace latent {

namespace detail {
template <class Kernel, class... Arch, class... Args>
void run_at(int level, ArchList<Arch...>, const Kernel& kernel, Args... args) {
  int i = 0;
  (void)((i++ == level && (kernel(Arch{}, args...), true)) || ...);
}
}  // namespace detail

template <class Kernel, class... Args> void dispatch(const Kernel& kernel, Args... args) {
  detail::run_at(level_index(), Archs{}, kernel, args...);
}

}  // namespace latent
