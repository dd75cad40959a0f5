// From the words of the command line to one of the commands.
#pragma once
#include <string>
#include <vector>

namespace latent::shakespeare {

int run(const std::vector<std::string>& arguments);  // returns the exit code

}  // namespace latent::shakespeare
