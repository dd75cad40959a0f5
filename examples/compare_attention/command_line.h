#pragma once
#include <string>
#include <vector>

namespace latent::compare_attention {

// Does what the words (without the program's name) say, and returns the exit code.
int run(const std::vector<std::string>& arguments);

}  // namespace latent::compare_attention
