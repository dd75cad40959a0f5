// The text and the recipe files of this folder, as part of the program.
#pragma once

namespace latent::shakespeare {

extern const char* const verse_txt;
extern const char* const verse_toml;
extern const char* const shakespeare_toml;
extern const char* const compare_toml;

}  // namespace latent::shakespeare
