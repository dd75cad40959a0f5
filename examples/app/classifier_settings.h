// Settings for training any classifier.
#pragma once
#include "examples/app/classifier.h"
#include "train/settings.h"

namespace CLI {
class App;
}

namespace latent::examples {

struct ClassifierSettings {
  train::Settings training;
  std::string data;                // folder of a data set; empty: samples that the program makes
  Index validation = 1000;         // training samples held out to choose the best epoch
  std::string kind = "perceiver";  // kind of model
  models::PerceiverConfig model;   // sizes, for the other kinds of model as well
};

// Adds --data, with the help text `help`, and --validation.
void add_data_options(CLI::App& app, ClassifierSettings& settings, const std::string& help);

// Adds the options of a Perceiver, except the fields `without`, which the program sets itself.
void add_model_options(CLI::App& app, models::PerceiverConfig& model, std::set<std::string> without);
void add_model_kind(CLI::App& app, std::string& kind);

}  // namespace latent::examples
