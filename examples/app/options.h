// Command-line options whose defaults come from a recipe: a file of lines such as `batch-size = 64`.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/error.h"
#include "models/number.h"

namespace latent::examples {

// CLI11 takes any number for true or false.
inline std::string check_boolean(const std::string& text) {
  for (const char* word : {"true", "false", "on", "off", "yes", "no", "1", "0"})
    if (text == word) return "";
  return fmt::format("Value {} is neither true nor false", text);
}

// An option whose present value is shown by --help and written to config.toml with all its digits.  Given twice, the
// last one counts.
template <class T> CLI::Option* add_option(CLI::App& app, const std::string& name, T& value, const std::string& help) {
  CLI::Option* const option = app.add_option(name, value, help)
                                  ->take_last()
                                  ->default_function([&value] { return fmt::format("{}", value); })
                                  ->capture_default_str();
  return std::is_same_v<T, bool> ? option->check(check_boolean) : option;
}

// The same for an enum, whose values have names.
template <class Enum>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Enum& value, const std::string& help,
                        const std::vector<std::pair<std::string, Enum>>& choices) {
  std::vector<std::string> names;
  for (const auto& [choice, meaning] : choices) names.push_back(choice);
  const auto set = [&value, choices](const std::string& text) {
    for (const auto& [choice, meaning] : choices)
      if (choice == text) value = meaning;
  };
  return app.add_option_function<std::string>(name, set, help)
      ->take_last()
      ->check(CLI::IsMember(names))
      ->default_function([&value, choices] {
        for (const auto& [choice, meaning] : choices)
          if (meaning == value) return choice;
        return std::string();
      })
      ->capture_default_str();
}

// As CLI::Range, but strict: a number of this type and nothing else, so no NaN and no sign on what has none.
template <class Number> CLI::Validator between(Number low, Number high) {
  const auto check = [low, high](const std::string& text) -> std::string {
    const auto value = to_number<Number>(text);
    if (value && *value >= low && *value <= high) return "";
    return fmt::format("Value {} not in range [{} - {}]", text, low, high);
  };
  return CLI::Validator(check, fmt::format("[{} - {}]", low, high));
}

CLI::Option* add_seed(CLI::App& app, std::uint64_t& value, const std::string& help);

// Parses the words (without the program's name) and returns what the command returns, or the code of a mistake in the words,
// or 0 after --help and --version.  Of several commands one has to be among the words.
int run_command(CLI::App& app, const std::vector<std::string>& arguments, const std::function<int()>& command);
int run_command(CLI::App& app, const std::vector<std::string>& arguments,
                const std::map<std::string, std::function<int()>>& commands);

using AddOptions = std::function<void(CLI::App&)>;

// Sets the options that the recipe, as in config.h, names; they have to be among those that `add_options` adds.
// `name` begins errors.
void read_recipe(const std::string& name, const std::string& text, const AddOptions& add_options);

}  // namespace latent::examples
