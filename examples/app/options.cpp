#include "examples/app/options.h"

#include "engine/version.h"
#include "examples/app/config.h"
#include "examples/app/program.h"

namespace latent::examples {

void apply_recipe(CLI::App& options, const Recipe& recipe) {
  for (const auto& [name, value] : read_config(recipe.name, recipe.text)) {
    CLI::Option* const option = options.get_option_no_throw("--" + name);
    if (!option || !option->get_configurable()) fail("{}: --{}: no such option", recipe.name, name);
    if (option->count() > 0) continue;
    try {
      option->add_result(value);
      option->run_callback();
    } catch (const CLI::ParseError& error) { fail("{}: {}", recipe.name, error.what()); }
  }
}

// Lets --help show the values that the command would run with, as far as they are valid.
static void show_values(const Command& command) {
  try {
    for (CLI::Option* option : command.options->get_options())
      if (option->count() > 0 && option != command.options->get_help_ptr()) option->run_callback();
    if (command.fill) command.fill();
  } catch (const std::exception&) {}
  for (CLI::Option* option : command.options->get_options())
    if (!option->get_default_str().empty()) option->capture_default_str();
}

int run_commands(CLI::App& app, const std::vector<std::string>& words, const std::vector<Command>& commands) {
  app.set_version_flag("--version", fmt::format("latent {}", version));
  if (commands.size() > 1 || commands.front().options != &app) app.require_subcommand(1);
  const auto is_chosen = [](const Command& command) { return command.options->parsed(); };
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::CallForHelp& help) {
    const auto chosen = std::ranges::find_if(commands, is_chosen);
    if (chosen != commands.end()) show_values(*chosen);
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return end_program(error.get_exit_code(), [&] { app.exit(error); });
  }
  const Command& chosen = *std::ranges::find_if(commands, is_chosen);
  if (chosen.fill) chosen.fill();
  return chosen.run();
}

}  // namespace latent::examples
