// Settings of `shakespeare train` and `compare`.
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
    visit("data", c.data,
          Field{"A text file, or a folder with input.txt: a path, or a name in data/ or in $LATENT_DATA; default: 28 "
                "sonnets in the program"});
    visit("validation", c.validation, Field{"Share of the text, at its end, held out for validation", 0, 0.9});
    visit("epoch_steps", c.epoch_steps, Field{"Steps from one validation to the next", 1, 1e6});
  }
};

void add_options(CLI::App& app, Settings& settings);
std::string config_text(Settings settings);                   // these settings as text for `train --config`
void add_compare_options(CLI::App& app, Settings& settings);  // without --attention

}  // namespace latent::shakespeare
