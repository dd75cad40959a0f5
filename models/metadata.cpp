#include "models/metadata.h"

namespace latent::models {

std::string to_text(const Shape& shape) {
  std::string text;
  for (Index size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

template <class Number> static bool read_number(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

bool from_text(const std::string& text, bool& value) {
  value = text == "true";
  return value || text == "false";
}
bool from_text(const std::string& text, Index& value) { return read_number(text, value); }
bool from_text(const std::string& text, double& value) { return read_number(text, value); }
bool from_text(const std::string& text, Shape& shape) {
  shape = {};
  if (text.empty()) return true;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('x', begin), text.size());
    Index size = 0;
    if (shape.rank() == max_rank || !from_text(text.substr(begin, end - begin), size)) return false;
    shape.push_back(size);
    begin = end + 1;
  }
  return true;
}

}  // namespace latent::models
