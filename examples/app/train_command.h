// The option --config of training commands: a recipe gives the defaults of the other options.
#pragma once
#include "examples/app/options.h"
#include "train/settings.h"

namespace latent::examples {

// The options of the run in the folder: its config.toml, or, if the run was killed before it wrote that file, the
// options in its first checkpoint.
Recipe recipe_of_run(const std::string& folder);

// Adds --config to a command and chooses its recipe, first match wins: the file given by --config; with --resume the
// options of the run; `otherwise`.
class RecipeChoice {
 public:
  RecipeChoice(CLI::App& command, const train::Settings& settings);

  void apply(const Recipe& otherwise) const;  // to the options that were not given

 private:
  CLI::App& command_;
  const train::Settings& settings_;
  CLI::Option* config_;
};

}  // namespace latent::examples
