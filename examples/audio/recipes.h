// The recipe files of this folder, as part of the program.
#pragma once

namespace latent::audio {

extern const char* const digits_toml;
extern const char* const raw_toml;
extern const char* const signals_toml;

}  // namespace latent::audio
