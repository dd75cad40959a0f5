#include "examples/app/text_file.h"

#include <fstream>

#include "engine/shape.h"
#include "examples/app/program.h"
#include "examples/app/utf8.h"

namespace latent::examples {

std::string read_text(const std::string& file) {
  need(file);
  std::ifstream input(file, std::ios::binary);
  std::string text;
  char block[1 << 16];
  while (input.read(block, sizeof block), input.gcount() > 0) text.append(block, std::size_t(input.gcount()));
  if (!input.eof()) fail("{}: cannot be read", file);
  if (const std::size_t byte = find_not_utf8(text); byte != std::string::npos)
    fail("{}: byte {}: UTF-8 expected, found {:#04x}", file, byte, static_cast<unsigned char>(text[byte]));
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  if (text.empty()) fail("{}: is empty", file);
  return text;
}

}  // namespace latent::examples
