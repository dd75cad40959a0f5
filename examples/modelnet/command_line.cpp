#include "examples/modelnet/command_line.h"

#include "examples/app/classifier_commands.h"
#include "examples/app/config.h"
#include "examples/app/train_command.h"
#include "examples/modelnet/commands.h"
#include "examples/modelnet/recipes.h"
#include "examples/report/runs.h"

namespace latent::modelnet {
namespace {

void add_eval(CLI::App& app, EvalSettings& settings) {
  CLI::App& eval = examples::add_eval(app, settings, examples::shipped("modelnet/modelnet40.safetensors"));
  examples::add_option(eval, "--points", settings.points, "Of each cloud; 0: as many as in the training")
      ->check(examples::between(0, 100'000));
}

void add_predict(CLI::App& app, PredictSettings& settings) {
  CLI::App& predict = examples::add_predict(app, settings, "Tell what a mesh shows",
                                            examples::shipped("modelnet/modelnet40.safetensors"));
  predict.add_option("file", settings.file, "A mesh, as an OFF file")->required();
  examples::add_seed(predict, settings.seed, "Of the points on the mesh");
}

examples::Recipe recipe_for(const Settings& asked) {
  return asked.data.empty() ? examples::Recipe{"solids.toml", solids_toml}
                            : examples::Recipe{"modelnet40.toml", modelnet40_toml};
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Settings to_train = examples::settings_before(arguments, "train", add_options, recipe_for);
  EvalSettings to_eval;
  PredictSettings to_predict;
  std::string config, runs;

  CLI::App app("Tells by a cloud of points what a thing is, with a Perceiver", "modelnet");
  examples::add_training(app, "train", "Train a Perceiver and test it", to_train, config, add_options);
  add_eval(app, to_eval);
  add_predict(app, to_predict);
  examples::add_runs(app, runs);
  const auto text = [&](const char* command) { return examples::config_text(*app.get_subcommand(command)); };
  return examples::run_command(app, arguments,
                               {{"train", [&] { return train(to_train, text("train")); }},
                                {"eval", [&] { return eval(to_eval); }},
                                {"predict", [&] { return predict(to_predict); }},
                                {"runs", [&] { return examples::list_runs(runs); }}});
}

}  // namespace latent::modelnet
