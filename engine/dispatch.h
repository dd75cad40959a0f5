// Run a kernel at the SIMD level in use: the only door to engine/kernels/.
#pragma once
#include <xsimd/xsimd.hpp>

#include "engine/kernels/kernels.h"
#include "engine/level.h"

namespace latent {

template <class... Arch> struct ArchList {};
using Archs = ArchList<LATENT_ARCHS>;  // best first; the list comes from engine/CMakeLists.txt

int level_index();  // of the level in use, in Archs

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
