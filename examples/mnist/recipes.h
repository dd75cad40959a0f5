// The recipe files of this folder, as part of the program.
#pragma once

namespace latent::mnist {

extern const char* const digits_toml;
extern const char* const mnist_toml;
extern const char* const reconstruct_toml;

}  // namespace latent::mnist
