// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once
#include <string_view>

namespace latent::examples {

// Some editors write this before a text; it is not part of the text.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Number of bytes in the first character of the text; 0 if they are not UTF-8.
std::size_t character_size(std::string_view text);

// Position of the first byte that is not UTF-8; npos if all are.
std::size_t find_not_utf8(std::string_view text);

}  // namespace latent::examples
