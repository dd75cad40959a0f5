// All that the training of any classifier can be told.
#pragma once
#include "examples/app/classifier.h"
#include "train/settings.h"

namespace CLI {
class App;
}

namespace latent::examples {

enum class ModelKind {
  perceiver,
  perceiver_io,  // a learned query asks the Perceiver's latents
  transformer    // as many layers as all towers together have blocks
};

struct ClassifierSettings {
  train::Settings training;
  std::string data;         // folder of a data set; empty: what the program makes itself
  Index validation = 1000;  // training samples that are held out to choose the best epoch
  ModelKind kind = ModelKind::perceiver;
  models::PerceiverConfig model;  // whose sizes the other kinds share
};

// --data, of which `help` says what is looked for, and --validation
void add_data_options(CLI::App& app, ClassifierSettings& settings, const std::string& help);
void add_model_options(CLI::App& app, models::PerceiverConfig& model);
void add_model_kind(CLI::App& app, ModelKind& kind);

// The config of the kind of model that was asked for.
ModelConfig model_config(ModelKind kind, const models::PerceiverConfig& model);

}  // namespace latent::examples
