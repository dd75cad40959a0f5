// The version of the whole project; CMakeLists.txt reads it from here.
#pragma once

namespace latent {

inline constexpr const char* version = "0.1.0";

}  // namespace latent
