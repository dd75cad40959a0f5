#include "examples/app/options.h"

#include <limits>

#include "engine/version.h"
#include "examples/app/config.h"

namespace latent::examples {

CLI::Option* add_seed(CLI::App& app, std::uint64_t& value, const std::string& help) {
  return add_option(app, "--seed", value, help)
      ->check(between(std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()));
}

int run_command(CLI::App& app, const std::vector<std::string>& arguments, const std::function<int()>& command) {
  app.set_version_flag("--version", fmt::format("latent {}", version));
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ParseError& error) { return app.exit(error); }
  return command();
}

int run_command(CLI::App& app, const std::vector<std::string>& arguments,
                const std::map<std::string, std::function<int()>>& commands) {
  app.require_subcommand(1);
  return run_command(app, arguments, [&] { return commands.at(app.get_subcommands().front()->get_name())(); });
}

void read_recipe(const std::string& name, const std::string& text, const AddOptions& add_options) {
  CLI::App app;
  app.set_help_flag();
  add_options(app);
  try {
    std::vector<std::string> arguments;  // CLI11 takes them from the back, and no empty value after "="
    for (const auto& [option, value] : read_config(name, text)) {
      if (value.empty()) arguments.push_back(value);
      arguments.push_back("--" + option + (value.empty() ? "" : "=") + value);
    }
    app.parse(arguments);
  } catch (const CLI::ParseError& error) { fail("{}: {}", name, error.what()); }
}

}  // namespace latent::examples
