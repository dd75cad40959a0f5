#include "models/fields.h"

namespace latent::models {

void check_grid(const char* what, const char* name, const Shape& grid) {
  Index points = 1;
  for (const Index size : grid) {
    check_range(what, name, size, 1, most_channels);
    check_range(what, name, points *= size, 1, most_channels);
  }
}

std::string to_text(const Shape& shape) {
  std::string text;
  for (Index size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

bool from_text(const std::string& text, bool& value) {
  value = text == "true";
  return value || text == "false";
}

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

bool is_kind(const std::string& kind, const Metadata& metadata) {
  if (const auto found = metadata.find("kind"); found != metadata.end()) return found->second == kind;
  const auto first = metadata.lower_bound(kind + ".");
  return first != metadata.end() && first->first.starts_with(kind + ".");
}

void check_kind(const std::string& kind, const Metadata& metadata) {
  const auto found = metadata.find("kind"), version = metadata.find("format_version");
  if (!is_kind(kind, metadata))
    fail("a {} expected, and the metadata describe {}", kind, found == metadata.end() ? "none" : "a " + found->second);
  if (version != metadata.end() && version->second != "2")
    fail("the {} is of format version {}, and 2 is the newest that is known here", kind, version->second);
}

}  // namespace latent::models
