#include "examples/app/train_command.h"

#include "engine/safetensors.h"
#include "examples/app/config.h"
#include "examples/app/text_file.h"

namespace latent::examples {

Recipe recipe_of_run(const std::string& folder) {
  const std::string last = folder + "/last.safetensors", config = folder + "/config.toml";
  if (std::filesystem::exists(last)) {
    const auto metadata = load_tensors(last).metadata;
    if (const auto options = metadata.find("config"); options != metadata.end()) return {last, options->second};
  }
  return {config, read_text(config)};
}

RecipeChoice::RecipeChoice(CLI::App& command, const train::Settings& settings)
    : command_(command), settings_(settings) {
  config_ =
      command.add_option("--config", "Recipe: a file of options, such as RUN_DIR/config.toml; the command line wins")
          ->check(CLI::ExistingFile)
          ->configurable(false);
}

void RecipeChoice::apply(const Recipe& otherwise) const {
  if (config_->count() > 0) {
    const auto file = config_->as<std::string>();
    return apply_recipe(command_, {file, read_text(file)});
  }
  if (!settings_.resume) return apply_recipe(command_, otherwise);
  std::string out = settings_.out;
  const Options options = read_config(otherwise.name, otherwise.text);
  if (command_.get_option("--out")->count() == 0 && options.contains("out")) out = options.at("out");
  apply_recipe(command_, recipe_of_run(out));
}

}  // namespace latent::examples
