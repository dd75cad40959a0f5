#include "examples/app/train_command.h"

#include "train/checkpoint.h"

namespace latent::examples {

Recipe recipe_of_run(const std::string& folder) {
  const std::string last = folder + "/last.safetensors", config = folder + "/config.toml";
  if (std::filesystem::exists(last)) {
    const train::Metadata metadata = load_tensors(last).metadata;
    if (const auto options = metadata.find("config"); options != metadata.end()) return {last, options->second};
  }
  return {config, read_text(config)};
}

}  // namespace latent::examples
