// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once
#include <string_view>

namespace latent::examples {

// What some editors put before a text; it is no part of it.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Bytes of the character that the text begins with; 0 if it begins with none.
std::size_t character_size(std::string_view text);

// The first byte that belongs to no character; npos if the text is UTF-8.
std::size_t find_not_utf8(std::string_view text);

}  // namespace latent::examples
