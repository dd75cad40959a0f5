// The recipe files of this folder, as part of the program.
#pragma once

namespace latent::modelnet {

extern const char* const modelnet40_toml;
extern const char* const solids_toml;

}  // namespace latent::modelnet
