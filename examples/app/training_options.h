// Options for the settings of a training.
#pragma once
#include "train/settings.h"

namespace CLI {
class App;
}

namespace latent::examples {

void add_options(CLI::App& app, train::Settings& settings);
void add_resume(CLI::App& app, train::Settings& settings);           // of commands that make one run
void add_label_smoothing(CLI::App& app, train::Settings& settings);  // of those whose loss is cross-entropy

}  // namespace latent::examples
