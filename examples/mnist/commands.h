// The things that `mnist` does.  Each prints what a person wants to see and returns the exit code.
#pragma once
#include "examples/app/classifier_commands.h"
#include "examples/mnist/settings.h"

namespace latent::mnist {

// `config` is the text of config.toml.
int train(const Settings& settings, const std::string& config);

// Trains a Perceiver IO to complete images of which it sees a few patches, and shows some.
int reconstruct(const Settings& settings, const std::string& config);

int eval(const examples::EvalSettings& settings);

struct PredictSettings : examples::PredictSettings {  // file: a PNG, or without it an image of the test set
  std::optional<std::string> data;                    // by default that of the training
  Index index = 0;
};
int predict(const PredictSettings& settings);

}  // namespace latent::mnist
