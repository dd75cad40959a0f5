// Division and square root in f32 on 64-bit ARM, correctly rounded by the processor's own instructions.  xsimd refines
// an estimate instead, as on 32-bit ARM: 41 % of its quotients are off by a bit, 1 / 1e-39 is -infinity, and
// sqrt(infinity) is NaN.  These are specialisations, so that xsimd itself uses them as well.
#pragma once
#ifdef __aarch64__
#include <xsimd/xsimd.hpp>

namespace xsimd {

template <> inline batch<float, neon64>& batch<float, neon64>::operator/=(const batch<float, neon64>& other) noexcept {
  return *this = vdivq_f32(*this, other);
}

template <> inline batch<float, neon64> sqrt(const batch<float, neon64>& x) noexcept { return vsqrtq_f32(x); }

}  // namespace xsimd
#endif
