// Files of text in UTF-8.
#pragma once
#include <string>

namespace latent::examples {

// Without a byte-order mark.  MissingFile, or Error naming the file, and the byte that is not UTF-8, if it cannot be read or
// is empty.
std::string read_text(const std::string& file);

}  // namespace latent::examples
