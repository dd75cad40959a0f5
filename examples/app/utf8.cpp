#include "examples/app/utf8.h"

namespace latent::examples {

std::size_t character_size(std::string_view text) {
  const auto is_between = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && static_cast<unsigned char>(text[i]) >= low && static_cast<unsigned char>(text[i]) <= high;
  };
  const auto continues = [&](std::size_t i) { return is_between(i, 0x80, 0xbf); };
  if (is_between(0, 0x00, 0x7f)) return 1;
  if (is_between(0, 0xc2, 0xdf)) return continues(1) ? 2 : 0;
  if (is_between(0, 0xe0, 0xef)) {
    const bool overlong = is_between(0, 0xe0, 0xe0) && is_between(1, 0x80, 0x9f);
    const bool surrogate = is_between(0, 0xed, 0xed) && is_between(1, 0xa0, 0xbf);
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (!is_between(0, 0xf0, 0xf4)) return 0;
  const bool overlong = is_between(0, 0xf0, 0xf0) && is_between(1, 0x80, 0x8f);
  const bool beyond = is_between(0, 0xf4, 0xf4) && is_between(1, 0x90, 0xbf);
  return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
}

std::size_t find_not_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = character_size(text.substr(i));
    if (size == 0) return i;
    i += size;
  }
  return std::string_view::npos;
}

}  // namespace latent::examples
