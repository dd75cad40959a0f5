#include "examples/modelnet/command_line.h"

#include <algorithm>

#include "engine/version.h"
#include "examples/common/train_command.h"
#include "examples/modelnet/commands.h"
#include "examples/modelnet/recipes.h"

namespace latent::modelnet {
namespace {

struct Values {
  std::string config;
  Settings train;
  EvalSettings eval;
  PredictSettings predict;
};

void add_eval(CLI::App& app, EvalSettings& settings) {
  CLI::App& eval = examples::add_eval(app, settings);
  examples::add_option(eval, "--points", settings.points, "Of each cloud; 0: as many as in the training")
      ->check(examples::between(0, 100'000));
}

void add_predict(CLI::App& app, PredictSettings& settings) {
  CLI::App& predict = examples::add_predict(app, settings, "Tell what a mesh shows");
  predict.add_option("file", settings.file, "A mesh, as an OFF file")->required();
  examples::add_option(predict, "--seed", settings.seed, "Of the points on the mesh");
}

void parse(CLI::App& app, Values& values, std::vector<std::string> arguments) {
  app.name("modelnet");
  app.require_subcommand(1);
  examples::add_training(app, "train", "Train a Perceiver and test it", values.train, values.config, add_options);
  add_eval(app, values.eval);
  add_predict(app, values.predict);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  app.parse(arguments);
}

examples::Recipe recipe_for(const Settings& asked) {
  return asked.data.empty() ? examples::Recipe{"solids.toml", solids_toml}
                            : examples::Recipe{"modelnet40.toml", modelnet40_toml};
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Values values;
  values.train = examples::settings_before(arguments, "train", add_options, recipe_for);
  CLI::App app("Tells by a cloud of points what a thing is, with a Perceiver");
  app.set_version_flag("--version", fmt::format("latent {}", version));
  try {
    parse(app, values, arguments);
  } catch (const CLI::ParseError& error) { return app.exit(error); }
  if (app.got_subcommand("train")) return train(values.train, app.get_subcommand("train")->config_to_str(true));
  return app.got_subcommand("eval") ? eval(values.eval) : predict(values.predict);
}

}  // namespace latent::modelnet
