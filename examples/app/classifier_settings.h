// Settings of the training of any classifier.
#pragma once
#include "examples/app/classifier.h"
#include "train/settings.h"

namespace CLI {
class App;
}

namespace latent::examples {

struct ClassifierSettings {
  train::Settings training;
  std::string data;                // folder of a data set; empty: what the program makes itself
  Index validation = 1000;         // training samples that are held out to choose the best epoch
  std::string kind = "perceiver";  // of the model
  models::PerceiverConfig model;   // whose sizes the other kinds share
};

// --data, of which `help` says what is looked for, and --validation
void add_data_options(CLI::App& app, ClassifierSettings& settings, const std::string& help);

// Those of a Perceiver, without the fields of the model that the program sets itself.
void add_model_options(CLI::App& app, models::PerceiverConfig& model, std::set<std::string> without);
void add_model_kind(CLI::App& app, std::string& kind);

}  // namespace latent::examples
