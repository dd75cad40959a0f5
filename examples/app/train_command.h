// Commands that train, `train` above all: options whose defaults come from a recipe.
#pragma once
#include "examples/app/options.h"
#include "train/settings.h"

namespace latent::examples {

// Of the run in the folder: its config.toml, or, where it was killed before that took the place of an earlier run's, the
// options that its first checkpoint holds.
Recipe recipe_of_run(const std::string& folder);

// The recipe of a command with the option --config, which it adds.  Defaults, first match wins: the file that --config names;
// with --resume the options of the run; else `otherwise`.
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
