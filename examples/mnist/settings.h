// All that `mnist train` can be told.
#pragma once
#include "examples/common/training_settings.h"
#include "examples/mnist/augment.h"
#include "models/perceiver.h"

namespace latent::mnist {

struct Settings {
  examples::TrainingSettings training;
  std::string data;         // folder of MNIST; empty: drawn digits
  Index validation = 1000;  // images at the end of the training set that are held out to choose the best epoch
  Augmentation augmentation;
  Index patch = 2;  // each token is patch x patch pixels
  models::PerceiverConfig model;
};

void add_options(CLI::App& app, Settings& settings);

// settings.model, with the input that follows from the patch.
models::PerceiverConfig perceiver_config(const Settings& settings);

}  // namespace latent::mnist
