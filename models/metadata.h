// Configs as text and back, for checkpoints: "perceiver.latents" -> "32".
//
// A config takes part by a function for_each_field(config, visit) beside it, which calls visit("name", config.field) for
// every field, and each of its enums by names(Enum): the names of its values, in their order.
#pragma once
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "nn/attention.h"

namespace latent::models {

using Metadata = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

template <class Enum>
requires std::is_enum_v<Enum> std::string to_text(Enum value) { return names(value)[std::size_t(value)]; }
inline std::string to_text(bool value) { return value ? "true" : "false"; }
inline std::string to_text(Index value) { return std::to_string(value); }
inline std::string to_text(double value) { return fmt::format("{}", value); }  // the shortest that reads back the same
std::string to_text(const Shape& shape);                                       // "28x28"

// Whether the text is one of such a value, which is then set.
template <class Enum>
requires std::is_enum_v<Enum>
bool from_text(const std::string& text, Enum& value) {
  const Names& all = names(value);
  const auto found = std::find(all.begin(), all.end(), text);
  if (found != all.end()) value = Enum(found - all.begin());
  return found != all.end();
}
bool from_text(const std::string& text, bool& value);
bool from_text(const std::string& text, Index& value);
bool from_text(const std::string& text, double& value);
bool from_text(const std::string& text, Shape& shape);

// `kind` begins the keys: "perceiver" for "perceiver.latents".
template <class Config> Metadata to_metadata(const std::string& kind, const Config& config) {
  Metadata metadata;
  for_each_field(config, [&](const char* name, const auto& value) { metadata[kind + "." + name] = to_text(value); });
  return metadata;
}

// Error, naming all that is wrong, unless every field is there and no unknown one; keys of another kind are passed over.
template <class Config> Config from_metadata(const std::string& kind, const Metadata& metadata) {
  Config config;
  std::set<std::string> known;
  std::string problems;
  for_each_field(config, [&](const char* name, auto& value) {
    const std::string key = kind + "." + name;
    known.insert(key);
    const auto found = metadata.find(key);
    if (found == metadata.end())
      problems += fmt::format("\n  missing: {}", key);
    else if (!from_text(found->second, value))
      problems += fmt::format("\n  value: {} is \"{}\"", key, found->second);
  });
  for (const auto& [key, text] : metadata)
    if (key.starts_with(kind + ".") && !known.contains(key)) problems += fmt::format("\n  unknown: {}", key);
  if (!problems.empty()) fail("the metadata do not describe a {}:{}", kind, problems);
  return config;
}

}  // namespace latent::models

namespace latent::nn {

inline const models::Names& names(AttentionForm) {
  static const models::Names all = {"automatic", "plain", "absorbed"};
  return all;
}

}  // namespace latent::nn
