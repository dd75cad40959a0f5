#include "examples/mnist/command_line.h"

#include <algorithm>

#include "engine/version.h"
#include "examples/common/train_command.h"
#include "examples/mnist/commands.h"
#include "examples/mnist/recipes.h"

namespace latent::mnist {
namespace {

struct Values {
  std::string config;
  Settings train;
  Settings reconstruct;
  examples::EvalSettings eval;
  PredictSettings predict;
};

void add_predict(CLI::App& app, PredictSettings& settings) {
  CLI::App& predict = examples::add_predict(app, settings, "Tell which digit an image shows",
                                            examples::shipped("mnist/mnist.safetensors"));
  CLI::App& image = *predict.add_option_group("Image", "One of")->require_option(1);
  image.add_option("file", settings.file, "A PNG of a digit");
  image.add_option("--index", settings.index, "Number of an image in the test set")
      ->check(examples::between(0, 1'000'000));
  predict.add_option("--data", settings.data, "Folder of the test set; by default what the model was trained on");
}

void parse(CLI::App& app, Values& values, std::vector<std::string> arguments) {
  app.name("mnist");
  app.require_subcommand(1);
  examples::add_training(app, "train", "Train a Perceiver and test it", values.train, values.config, add_options);
  examples::add_eval(app, values.eval, examples::shipped("mnist/mnist.safetensors"));
  add_predict(app, values.predict);
  examples::add_training(app, "reconstruct", "Train a Perceiver IO to complete images, and show some",
                         values.reconstruct, values.config, add_reconstruct_options);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  app.parse(arguments);
}

examples::Recipe recipe_for(const Settings& asked) {
  return asked.data.empty() ? examples::Recipe{"digits.toml", digits_toml} : examples::Recipe{"mnist.toml", mnist_toml};
}

examples::Recipe reconstruct_recipe(const Settings&) { return {"reconstruct.toml", reconstruct_toml}; }

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Values values;
  values.train = examples::settings_before(arguments, "train", add_options, recipe_for);
  values.reconstruct = examples::settings_before(arguments, "reconstruct", add_reconstruct_options, reconstruct_recipe);
  CLI::App app("Reads handwritten digits with a Perceiver");
  app.set_version_flag("--version", fmt::format("latent {}", version));
  try {
    parse(app, values, arguments);
  } catch (const CLI::ParseError& error) { return app.exit(error); }
  if (app.got_subcommand("train")) return train(values.train, app.get_subcommand("train")->config_to_str(true));
  if (app.got_subcommand("reconstruct"))
    return reconstruct(values.reconstruct, app.get_subcommand("reconstruct")->config_to_str(true));
  return app.got_subcommand("eval") ? eval(values.eval) : predict(values.predict);
}

}  // namespace latent::mnist
