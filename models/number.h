// Numbers in text from outside: options, configs, tables, meshes.
#pragma once
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace latent {

// The whole text as a number, or nothing.  "+1" and "1e-310" are numbers, "1e-400" gives 0, the nearest double, and a
// number that is too large for the type gives nothing.
template <class Number> std::optional<Number> to_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const last = text.data() + text.size();
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (end != last) return std::nullopt;
  if (error == std::errc()) return value;
  if constexpr (std::is_floating_point_v<Number>) {  // from_chars does not tell overflow from underflow
    const double nearest = std::strtod(std::string(text).c_str(), nullptr);
    if (error == std::errc::result_out_of_range && std::isfinite(nearest)) return Number(nearest);
  }
  return std::nullopt;
}

}  // namespace latent
