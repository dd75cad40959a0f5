// The things that `mnist` does.  Each prints what a person wants to see and returns the exit code.
#pragma once
#include "examples/mnist/settings.h"

namespace latent::mnist {

// `config` is the text of config.toml.
int train(const Settings& settings, const std::string& config);

// Trains a Perceiver IO to complete images of which it sees a few patches, and shows some.
int reconstruct(const Settings& settings, const std::string& config);

struct EvalSettings {
  std::string weights;
  std::string data;  // empty: that of the training
  int threads = 0;
};
int eval(const EvalSettings& settings);

struct PredictSettings {
  std::string weights, file;  // a PNG, or without it an image of the test set
  std::string data;           // empty: that of the training
  Index index = 0;
  int threads = 0;
};
int predict(const PredictSettings& settings);

}  // namespace latent::mnist
