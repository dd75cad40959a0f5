// From the words of the command line to one of the commands.
#pragma once
#include <string>
#include <vector>

namespace latent::audio {

// The exit code.  `arguments` come without the program's name.
int run(const std::vector<std::string>& arguments);

}  // namespace latent::audio
