#include "examples/mnist/command_line.h"

#include "examples/app/classifier_commands.h"
#include "examples/app/config.h"
#include "examples/app/train_command.h"
#include "examples/mnist/commands.h"
#include "examples/mnist/recipes.h"
#include "examples/report/runs.h"

namespace latent::mnist {
namespace {

void add_predict(CLI::App& app, PredictSettings& settings) {
  CLI::App& predict = examples::add_predict(app, settings, "Tell which digit an image shows",
                                            examples::shipped("mnist/mnist.safetensors"));
  CLI::App& image = *predict.add_option_group("Image", "One of")->require_option(1);
  image.add_option("file", settings.file, "A PNG of a digit");
  image.add_option("--index", settings.index, "Number of an image in the test set")
      ->check(examples::between(0, 1'000'000));
  predict.add_option("--data", settings.data, "Folder of the test set; by default what the model was trained on");
}

examples::Recipe recipe_for(const Settings& asked) {
  return asked.data.empty() ? examples::Recipe{"digits.toml", digits_toml} : examples::Recipe{"mnist.toml", mnist_toml};
}

examples::Recipe reconstruct_recipe(const Settings&) { return {"reconstruct.toml", reconstruct_toml}; }

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Settings to_train = examples::settings_before(arguments, "train", add_options, recipe_for);
  Settings to_reconstruct =
      examples::settings_before(arguments, "reconstruct", add_reconstruct_options, reconstruct_recipe);
  examples::EvalSettings to_eval;
  PredictSettings to_predict;
  std::string config, runs;

  CLI::App app("Reads handwritten digits with a Perceiver", "mnist");
  examples::add_training(app, "train", "Train a Perceiver and test it", to_train, config, add_options);
  examples::add_eval(app, to_eval, examples::shipped("mnist/mnist.safetensors"));
  add_predict(app, to_predict);
  examples::add_training(app, "reconstruct", "Train a Perceiver IO to complete images, and show some", to_reconstruct,
                         config, add_reconstruct_options);
  examples::add_runs(app, runs);
  const auto text = [&](const char* command) { return examples::config_text(*app.get_subcommand(command)); };
  return examples::run_command(app, arguments,
                               {{"train", [&] { return train(to_train, text("train")); }},
                                {"eval", [&] { return eval(to_eval); }},
                                {"predict", [&] { return predict(to_predict); }},
                                {"reconstruct", [&] { return reconstruct(to_reconstruct, text("reconstruct")); }},
                                {"runs", [&] { return examples::list_runs(runs); }}});
}

}  // namespace latent::mnist
