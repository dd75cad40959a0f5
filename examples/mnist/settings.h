// All that `mnist train` can be told.
#pragma once
#include "examples/common/training_settings.h"
#include "examples/mnist/augment.h"
#include "examples/mnist/classifier.h"

namespace latent::mnist {

enum class ModelKind {
  perceiver,
  perceiver_io,  // a learned query asks the Perceiver's latents
  transformer    // as many layers as all towers together have blocks
};

struct Settings {
  examples::TrainingSettings training;
  std::string data;         // folder of MNIST; empty: drawn digits
  Index validation = 1000;  // images at the end of the training set that are held out to choose the best epoch
  Augmentation augmentation;
  Index patch = 2;     // each token is patch x patch pixels
  Index visible = 49;  // of `reconstruct`: patches that are seen
  ModelKind kind = ModelKind::perceiver;
  models::PerceiverConfig model;  // whose sizes the other kinds share
};

void add_options(CLI::App& app, Settings& settings);
void add_reconstruct_options(CLI::App& app, Settings& settings);  // without --model

struct Data {
  Dataset train, test;
  Index training;  // the first so many images of `train`; those that follow are held out
};
Data load_data(const Settings& settings);

// How many of the images a pass over them sees.
Index limited(Index images, const examples::TrainingSettings& settings);

// With the input that follows from the patch.
ModelConfig model_config(const Settings& settings);

}  // namespace latent::mnist
