// The commands of `shakespeare`.  Each prints its results and returns the exit code.
#pragma once
#include "examples/shakespeare/settings.h"
#include "models/generate.h"

namespace latent::shakespeare {

int train(const Settings& settings);

struct GenerateSettings {
  std::string weights;
  std::optional<std::string> prompt;  // by default a new line
  Index length = 500;                 // characters after the prompt
  models::Generation how;
  std::uint64_t seed = 0;
  int threads = 0;
};
int generate(const GenerateSettings& settings);

int compare(const Settings& settings);

}  // namespace latent::shakespeare
