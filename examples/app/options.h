// Command-line options whose defaults come from a recipe: a file of lines such as `batch-size = 64`.
#pragma once
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/error.h"
#include "models/fields.h"

namespace latent::examples {

// Accepts only these words; CLI11 accepts any number as true or false.
inline std::string check_boolean(const std::string& text) {
  for (const char* word : {"true", "false", "on", "off", "yes", "no", "1", "0"})
    if (text == word) return "";
  return fmt::format("Value {} is neither true nor false", text);
}

// Adds an option.  --help shows its present value, and config.toml gets the value with all its digits.  If it is given
// twice, the last value counts.
template <class T> CLI::Option* add_option(CLI::App& app, const std::string& name, T& value, const std::string& help) {
  CLI::Option* const option = app.add_option(name, value, help)
                                  ->take_last()
                                  ->default_function([&value] { return fmt::format("{}", value); })
                                  ->capture_default_str();
  return std::is_same_v<T, bool> ? option->check(check_boolean) : option;
}

// The same for an enum, by the names that names(Enum) lists.
template <class Enum>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Enum& value, const std::string& help) {
  std::string all;
  for (const char* each : names(value)) all += (all.empty() ? "" : ",") + std::string(each);
  const auto check = [all](const std::string& text) {
    Enum any{};
    return models::from_text(text, any) ? std::string() : fmt::format("{} not in {{{}}}", text, all);
  };
  return app
      .add_option_function<std::string>(
          name, [&value](const std::string& text) { models::from_text(text, value); }, help)
      ->take_last()
      ->check(CLI::Validator(check, fmt::format("{{{}}}", all)))
      ->default_function([&value] { return models::to_text(value); })
      ->capture_default_str();
}

// Like CLI::Range, but strict: only numbers of this type, so no NaN, and no sign for unsigned types.
template <class Number> CLI::Validator between(Number low, Number high) {
  const auto check = [low, high](const std::string& text) -> std::string {
    const auto value = to_number<Number>(text);
    if (value && *value >= low && *value <= high) return "";
    return fmt::format("Value {} not in range [{} - {}]", text, low, high);
  };
  return CLI::Validator(check, fmt::format("[{} - {}]", low, high));
}

inline CLI::Option* add_seed(CLI::App& app, std::uint64_t& value, const std::string& help) {
  return add_option(app, "--seed", value, help)
      ->check(between(std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()));
}

// An option for each field of the config (models/fields.h) that has help, except those named in `without`:
// --cross-attends for `cross_attends`.
template <class Config>
void add_fields(CLI::App& app, const std::string& group, Config& config, const std::set<std::string>& without = {}) {
  app.option_defaults()->group(group);
  Config::fields(config, [&]<class T>(const char* field_name, T& value, const models::Field& field) {
    if (std::string(field.help).empty() || without.contains(field_name)) return;
    std::string name = std::string("--") + field_name;
    std::ranges::replace(name, '_', '-');
    if constexpr (std::is_enum_v<T>) {
      add_choice(app, name, value, field.help);
    } else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      using Limits = std::numeric_limits<T>;
      const T low = std::isfinite(field.low) ? T(field.low) : Limits::lowest();
      const T high = std::isfinite(field.high) ? T(field.high) : Limits::max();
      add_option(app, name, value, field.help)->check(between(low, high));
    } else if constexpr (!std::is_same_v<T, Shape>) {
      add_option(app, name, value, field.help);
    }
  });
  app.option_defaults()->group("Options");
}

// A file of options, such as `batch-size = 64`: config.h
struct Recipe {
  std::string name, text;
};

// Sets the options that the recipe names, except those given on the command line.  Error, beginning with the recipe's
// name, if an option does not exist or does not allow the value.
void apply_recipe(CLI::App& options, const Recipe& recipe);

// A command of a program.
struct Command {
  CLI::App* options;
  std::function<int()> run;         // returns the exit code
  std::function<void()> fill = {};  // sets options that were not given; may be empty
};

// Parses the words (without the program's name), runs the command that they name, and returns its exit code.  Returns
// CLI11's code after a parse error, and 0 after --help and --version.
int run_commands(CLI::App& app, const std::vector<std::string>& words, const std::vector<Command>& commands);

}  // namespace latent::examples
