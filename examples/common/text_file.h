// Files of text, whole.
#pragma once
#include <string>

namespace latent::examples {

std::string read_text(const std::string& file);                     // MissingFile, or Error where it cannot be read
void write_text(const std::string& file, const std::string& text);  // replaced whole or not at all

}  // namespace latent::examples
