// Options for the settings of a training.
#pragma once
#include "train/settings.h"

namespace CLI {
class App;
}

namespace latent::examples {

// Adds the options of train::Settings; --label-smoothing only for cross-entropy.
void add_options(CLI::App& app, train::Settings& settings, bool is_cross_entropy);
void add_resume(CLI::App& app, train::Settings& settings);  // for commands that make one run

}  // namespace latent::examples
