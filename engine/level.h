// Which of the SIMD levels in this binary is in use.
#pragma once
#include <string>
#include <vector>

namespace latent {

std::vector<std::string> levels();  // those that this machine can run, best first: {"avx512", "avx2", "sse2"}
std::string level();                // in use: the best, or the one that LATENT_SIMD names

int level_index();  // of the level in use, in the list of those in this binary

// Error for one that is unknown or that the machine lacks.  Not to be called while another thread computes.
void set_level(const std::string& name);

}  // namespace latent
