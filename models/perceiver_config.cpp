// A PerceiverConfig as text and back.
#include <algorithm>
#include <charconv>
#include <set>

#include "models/perceiver.h"

namespace latent::models {
namespace {

// What an enum's values are called, in their order.
const std::vector<std::string>& names(Positions) {
  static const std::vector<std::string> all = {"fourier", "learned"};
  return all;
}
const std::vector<std::string>& names(Placement) {
  static const std::vector<std::string> all = {"interleaved", "at_start"};
  return all;
}
const std::vector<std::string>& names(Sharing) {
  static const std::vector<std::string> all = {"none", "after_first", "all"};
  return all;
}
const std::vector<std::string>& names(nn::AttentionForm) {
  static const std::vector<std::string> all = {"automatic", "plain", "absorbed"};
  return all;
}

// Every field with its name, for reading and for writing.
template <class Config, class Visit> void for_each_field(Config& c, Visit visit) {
  visit("grid", c.grid);
  visit("input_channels", c.input_channels);
  visit("own_axes", c.own_axes);
  visit("positions", c.positions);
  visit("bands", c.bands);
  visit("nyquist_frequency", c.nyquist_frequency);
  visit("position_channels", c.position_channels);
  visit("latents", c.latents);
  visit("channels", c.channels);
  visit("cross_attends", c.cross_attends);
  visit("towers", c.towers);
  visit("blocks", c.blocks);
  visit("cross_heads", c.cross_heads);
  visit("heads", c.heads);
  visit("cross_width", c.cross_width);
  visit("widening", c.widening);
  visit("cross_sharing", c.cross_sharing);
  visit("tower_sharing", c.tower_sharing);
  visit("placement", c.placement);
  visit("dropout", c.dropout);
  visit("cross_form", c.cross_form);
  visit("final_norm", c.final_norm);
  visit("zero_head", c.zero_head);
  visit("latent_deviation", c.latent_deviation);
  visit("classes", c.classes);
}

template <class Enum>
requires std::is_enum_v<Enum> std::string to_text(Enum value) { return names(value)[std::size_t(value)]; }
std::string to_text(bool value) { return value ? "true" : "false"; }
std::string to_text(Index value) { return std::to_string(value); }
std::string to_text(double value) { return fmt::format("{}", value); }  // the shortest that reads back as the same
std::string to_text(const Shape& shape) {                               // "28x28"
  std::string text;
  for (Index size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

template <class Enum>
requires std::is_enum_v<Enum>
bool from_text(const std::string& text, Enum& value) {
  const auto& all = names(value);
  const auto found = std::find(all.begin(), all.end(), text);
  value = Enum(found - all.begin());
  return found != all.end();
}
bool from_text(const std::string& text, bool& value) {
  value = text == "true";
  return value || text == "false";
}
template <class Number>
requires std::is_arithmetic_v<Number>
bool from_text(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}
bool from_text(const std::string& text, Shape& shape) {
  shape = {};
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('x', begin), text.size());
    Index size = 0;
    if (shape.rank() == max_rank || !from_text(text.substr(begin, end - begin), size)) return false;
    shape.push_back(size);
    begin = end + 1;
  }
  return true;
}

const std::string prefix = "perceiver.";

}  // namespace

Metadata to_metadata(const PerceiverConfig& config) {
  Metadata metadata;
  for_each_field(config, [&](const char* name, const auto& value) { metadata[prefix + name] = to_text(value); });
  return metadata;
}

PerceiverConfig perceiver_config(const Metadata& metadata) {
  PerceiverConfig config;
  std::set<std::string> known;
  std::string problems;
  for_each_field(config, [&](const char* name, auto& value) {
    const std::string key = prefix + name;
    known.insert(key);
    const auto found = metadata.find(key);
    if (found == metadata.end()) {
      problems += fmt::format("\n  missing: {}", key);
    } else if (!from_text(found->second, value)) {
      problems += fmt::format("\n  value: {} is \"{}\"", key, found->second);
    }
  });
  for (const auto& [key, text] : metadata)
    if (key.starts_with(prefix) && !known.contains(key)) problems += fmt::format("\n  unknown: {}", key);
  if (!problems.empty()) fail("the metadata do not describe a Perceiver:{}", problems);
  return config;
}

}  // namespace latent::models
