// The things that `audio` does.  Each prints what a person wants to see and returns the exit code.
#pragma once
#include "examples/app/classifier_commands.h"
#include "examples/audio/settings.h"

namespace latent::audio {

// `config` is the text of config.toml.
int train(const Settings& settings, const std::string& config);

int eval(const examples::EvalSettings& settings);

int predict(const examples::PredictSettings& settings);  // file: a sound

}  // namespace latent::audio
