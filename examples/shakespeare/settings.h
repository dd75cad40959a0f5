// All that `shakespeare train` and `compare` can be told.
#pragma once
#include "models/transformer.h"
#include "train/settings.h"

namespace CLI {
class App;
}

namespace latent::shakespeare {

struct Settings {
  train::Settings training;  // an epoch ends with each validation
  std::string data;          // a text, or a folder with input.txt; empty: the sonnets in the program
  double validation = 0.1;   // share of the text, at its end, that is held out
  Index epoch_steps = 250;
  models::LanguageModelConfig model;

  Index seeds = 1;  // of `compare`: runs of each attention
};

void add_options(CLI::App& app, Settings& settings);
std::string config_text(Settings settings);                   // what `train --config` reads as these settings
void add_compare_options(CLI::App& app, Settings& settings);  // without --attention

}  // namespace latent::shakespeare
