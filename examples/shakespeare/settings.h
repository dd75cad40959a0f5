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
  std::string data;          // empty: the sonnets in the program
  double validation = 0.1;
  Index epoch_steps = 250;
  models::LanguageModelConfig model;

  Index seeds = 1;  // of `compare`: runs of each attention

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    using models::Field;
    visit(
        "data", c.data,
        Field{
            "A text, or a folder with input.txt, as it is, in data/ or in $LATENT_DATA; without it the program has 28 "
            "sonnets"});
    visit("validation", c.validation, Field{"Share of the text, at its end, that is held out", 0, 0.9});
    visit("epoch_steps", c.epoch_steps, Field{"Steps from one validation to the next", 1, 1e6});
  }
};

void add_options(CLI::App& app, Settings& settings);
std::string config_text(Settings settings);                   // what `train --config` reads as these settings
void add_compare_options(CLI::App& app, Settings& settings);  // without --attention

}  // namespace latent::shakespeare
