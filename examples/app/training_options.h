// Options for the settings of a training.
#pragma once
#include "train/settings.h"

namespace CLI {
class App;
}

namespace latent::examples {

// Those of any loss, or of cross-entropy with --label-smoothing.
void add_options(CLI::App& app, train::Settings& settings, bool is_cross_entropy);
void add_resume(CLI::App& app, train::Settings& settings);  // of commands that make one run

}  // namespace latent::examples
