// What `shakespeare` does.  Each prints what a person wants to see and returns the exit code.
#pragma once
#include "examples/shakespeare/settings.h"
#include "models/generate.h"

namespace latent::shakespeare {

// `config` is the text of config.toml.
int train(const Settings& settings, const std::string& config);

struct GenerateSettings {
  std::string weights, prompt = "\n";
  Index length = 500;  // characters after the prompt
  models::Generation how;
  std::uint64_t seed = 0;
  int threads = 0;
};
int generate(const GenerateSettings& settings);

int compare(const Settings& settings, const std::string& config);

}  // namespace latent::shakespeare
