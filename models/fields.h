// The fields of a config, each declared once.  A config lists them in a function
//
//   template <class Config, class Visit> static void fields(Config& c, Visit visit) {
//     visit("latents", c.latents, Field{"Number of latents", 1, most_channels});
//     visit("placement", c.placement, Field{"Cross-attends between the towers, or all before the first"});
//   }
//
// and all other code walks this list: check_fields() checks the ranges, to_metadata() and from_metadata() write and
// read the text in checkpoints, and the programs in examples/ make their options, help and recipes of it.  Every
// classifier has the options of PerceiverConfig.  An enum has the function names(Enum) beside it, with the names of its
// values in their order.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "engine/shape.h"
#include "models/number.h"

namespace latent::models {

struct Field {
  const char* help = "";                    // empty: it follows from the data and is no option of the programs
  double low = -INFINITY, high = INFINITY;  // of a number, both included
};

inline constexpr double most_channels = 1 << 24;  // the product of two sizes fits into an Index
inline constexpr double most_uses = 4096;         // of one layer: limits the size of a model

// Error, beginning with `what`, unless low <= value <= high.
template <class Number> void check_range(const char* what, const char* name, Number value, double low, double high) {
  if (!(double(value) >= low && double(value) <= high))
    fail("{}: {} is {}, and {} to {} is possible", what, name, value, low, high);
}

// Checks the size of each axis and the number of points.
void check_grid(const char* what, const char* name, const Shape& grid);

// Error for the first number out of its range; the message begins with `what`.
template <class Config> void check_fields(const char* what, const Config& config) {
  Config::fields(config, [&]<class T>(const char* name, const T& value, const Field& field) {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
      check_range(what, name, value, field.low, field.high);
  });
}

// Returns the config after check(config), so that a constructor can begin with the check.
template <class Config> const Config& checked(const Config& config) {
  check(config);
  return config;
}

template <class Enum>
requires std::is_enum_v<Enum> std::string to_text(Enum value) { return names(value)[std::size_t(value)]; }
inline std::string to_text(bool value) { return value ? "true" : "false"; }
inline std::string to_text(const std::string& value) { return value; }
std::string to_text(const Shape& shape);  // "28x28"
template <class Number>
requires std::is_arithmetic_v<Number> std::string to_text(Number value) {
  return fmt::format("{}", value);  // the shortest text that reads back as the same number
}

// Each sets the value, or returns false if the text does not fit its type.  In the names of an enum '-' is read as '_'.
template <class Enum>
requires std::is_enum_v<Enum>
bool from_text(std::string text, Enum& value) {
  std::ranges::replace(text, '-', '_');
  const auto all = names(value);
  const auto found = std::ranges::find(all, text);
  if (found != all.end()) value = Enum(found - all.begin());
  return found != all.end();
}
bool from_text(const std::string& text, bool& value);
bool from_text(const std::string& text, Shape& shape);
template <class Number>
requires std::is_arithmetic_v<Number>
bool from_text(const std::string& text, Number& value) {
  const auto number = to_number<Number>(text);
  if (number) value = *number;
  return number.has_value();
}

using Metadata = std::map<std::string, std::string>;

// A model in a checkpoint's metadata: "kind" (Config::kind), "format_version", and each field as "perceiver.latents".
// ("format" is safetensors' own key, where other loaders look for "pt".)
template <class Config> Metadata to_metadata(const Config& config) {
  Metadata metadata = {{"kind", Config::kind}, {"format_version", "2"}};
  Config::fields(config, [&](const char* name, const auto& value, const Field&) {
    metadata[fmt::format("{}.{}", Config::kind, name)] = to_text(value);
  });
  return metadata;
}

// Whether the metadata describe a model of this kind.  Version 1 had no "kind", only the fields.
bool is_kind(const std::string& kind, const Metadata& metadata);
void check_kind(const std::string& kind, const Metadata& metadata);  // Error unless they do, in a known version

// Error if the metadata are of another kind or of a newer version.  Error that lists all problems if fields are unknown
// or their text does not fit their type.  Missing fields keep their defaults.
template <class Config> Config from_metadata(const Metadata& metadata) {
  check_kind(Config::kind, metadata);
  Config config;
  std::set<std::string> known;
  std::string problems;
  Config::fields(config, [&](const char* name, auto& value, const Field&) {
    const std::string key = fmt::format("{}.{}", Config::kind, name);
    known.insert(key);
    const auto found = metadata.find(key);
    if (found != metadata.end() && !from_text(found->second, value))
      problems += fmt::format("\n  value: {} is \"{}\"", key, found->second);
  });
  for (const auto& [key, text] : metadata)
    if (key.starts_with(Config::kind + std::string(".")) && !known.contains(key))
      problems += fmt::format("\n  unknown: {}", key);
  if (!problems.empty()) fail("the metadata do not describe a {}:{}", Config::kind, problems);
  return config;
}

}  // namespace latent::models
