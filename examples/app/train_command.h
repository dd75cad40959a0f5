// Commands that train, `train` above all: options whose defaults come from a recipe.
#pragma once
#include <string>
#include <vector>

#include "examples/app/options.h"
#include "examples/app/text_file.h"

namespace latent::examples {

struct Recipe {
  std::string name, text;
};

// Of the run in the folder: its config.toml, or, where it was killed before that took the place of an earlier run's, the
// options that its first checkpoint holds.
Recipe recipe_of_run(const std::string& folder);

template <class Settings> using AddOptionsOf = void (*)(CLI::App& app, Settings& settings);

// Adds one to the program.  `config` is what --config names.
template <class Settings>
void add_training(CLI::App& app, const std::string& name, const std::string& help, Settings& settings,
                  std::string& config, AddOptionsOf<Settings> add) {
  CLI::App& command = *app.add_subcommand(name, help);
  command
      .add_option("--config", config, "Recipe: a file of options, such as RUN_DIR/config.toml; those given here win")
      ->check(CLI::ExistingFile)
      ->configurable(false);
  add(command, settings);
}

// The settings that the command begins with: those of the file that --config names; for --resume those of the run; else of
// the recipe that `choose` takes by what else is asked.  Mistakes in the arguments are left to the real parse.
template <class Settings>
Settings settings_before(const std::vector<std::string>& arguments, const std::string& name, AddOptionsOf<Settings> add,
                         Recipe (*choose)(const Settings& asked)) {
  const auto read = [&](const std::string& file, const std::string& text) {
    Settings settings;
    read_recipe(file, text, [&](CLI::App& app) { add(app, settings); });
    return settings;
  };
  std::string config;
  const auto glance = [&](Settings settings) {
    if (arguments.empty() || arguments.front() != name) return settings;  // the arguments are another command's
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    add_training(app, name, "", settings, config, add);
    try {
      app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
    } catch (const CLI::ParseError&) {}
    return settings;
  };
  const Settings asked = glance({});
  if (!config.empty()) return read(config, read_text(config));
  const Recipe chosen = choose(asked);
  const Settings recipe = read(chosen.name, chosen.text);
  if (!asked.training.resume) return recipe;
  const Recipe of_run = recipe_of_run(glance(recipe).training.out);
  return read(of_run.name, of_run.text);
}

}  // namespace latent::examples
