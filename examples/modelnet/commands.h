// The things that `modelnet` does.  Each prints what a person wants to see and returns the exit code.
#pragma once
#include "examples/app/classifier_commands.h"
#include "examples/modelnet/settings.h"

namespace latent::modelnet {

// `config` is the text of config.toml.
int train(const Settings& settings, const std::string& config);

struct EvalSettings : examples::EvalSettings {
  Index points = 0;  // of each cloud; 0: as many as in the training
};
int eval(const EvalSettings& settings);

struct PredictSettings : examples::PredictSettings {  // file: an OFF mesh
  std::uint64_t seed = 0;                             // of the points on it
};
int predict(const PredictSettings& settings);

}  // namespace latent::modelnet
