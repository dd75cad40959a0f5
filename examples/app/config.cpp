#include "examples/app/config.h"

#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <sstream>

#include "engine/error.h"
#include "engine/shape.h"
#include "examples/app/utf8.h"

namespace latent::examples {
namespace {

std::string line_of(const std::string& text, Index number) {
  std::istringstream lines(text);
  std::string line;
  for (Index i = 0; i < number; ++i) std::getline(lines, line);
  return line;
}

std::string value_of(const std::string& name, const std::string& key, const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return fmt::format("{}", integer->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* boolean = node.as_boolean()) return fmt::format("{}", boolean->get());
  if (node.is_table()) fail("{}: [{}]: no sections expected", name, key);
  std::ostringstream found;
  node.visit([&](const auto& value) { found << value; });
  fail("{}: {}: one number, text, true or false expected, found {}", name, key, found.str());
}

std::string as_toml(const CLI::Option& option) {
  const std::string text = option.get_default_str();
  const bool is_text = option.get_type_name().starts_with("TEXT");
  Index integer = 0;  // a seed may be larger than an integer in TOML, and is then written as text
  const bool fits =
      std::from_chars(text.data(), text.data() + text.size(), integer).ec != std::errc::result_out_of_range;
  if (!is_text && fits) return text;
  if (const std::size_t byte = find_not_utf8(text); byte != std::string::npos)
    fail("--{}: byte {} of '{}' is not UTF-8, which config.toml has to be", option.get_single_name(), byte, text);
  std::ostringstream quoted;
  quoted << toml::toml_formatter(toml::value<std::string>(text), toml::format_flags::allow_unicode_strings);
  return quoted.str();
}

}  // namespace

Options read_config(const std::string& name, const std::string& text) {
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    const Index line = error.source().begin.line;
    fail("{}: line {}: {}: {}", name, line, line_of(text, line), error.description());
  }
  Options options;
  for (const auto& [key, value] : table) {
    const std::string option(key.str());
    options[option] = value_of(name, option, value);
  }
  return options;
}

std::string config_text(CLI::App& app) {
  std::string text;
  for (CLI::Option* option : app.get_options()) {
    if (!option->get_configurable() || option->get_lnames().empty()) continue;
    option->capture_default_str();  // the present value
    text += option->get_single_name() + "=" + as_toml(*option) + "\n";
  }
  return text;
}

}  // namespace latent::examples
