// The SIMD level in use: one of the levels in this binary.
#pragma once
#include <string>
#include <vector>

namespace latent {

std::vector<std::string> levels();  // that this machine can run, best first: {"avx512", "avx2", "sse2"}
std::string level();                // in use: the best, or the one named by the environment variable LATENT_SIMD

int level_index();  // of the level in use, in the list of all levels in this binary

// Error for a level that is unknown or that the machine lacks.  Do not call it while another thread computes.
void set_level(const std::string& name);

}  // namespace latent
