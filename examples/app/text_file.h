// Files of text in UTF-8.
#pragma once
#include <string>

namespace latent::examples {

// The text of the file, without a byte-order mark.  MissingFile if it does not exist; Error if it cannot be read, is
// empty, or is not UTF-8, naming the byte.
std::string read_text(const std::string& file);

}  // namespace latent::examples
