// The SIMD levels in this binary, as xsimd's architectures.
#pragma once
#include <xsimd/xsimd.hpp>

namespace latent {

template <class... Arch> struct ArchList {};
using Archs = ArchList<LATENT_ARCHS>;  // best first; the list comes from engine/CMakeLists.txt

}  // namespace latent
