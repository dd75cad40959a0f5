#include "examples/audio/command_line.h"

#include <algorithm>

#include "engine/version.h"
#include "examples/common/train_command.h"
#include "examples/audio/commands.h"
#include "examples/audio/recipes.h"

namespace latent::audio {
namespace {

struct Values {
  std::string config;
  Settings train;
  examples::EvalSettings eval;
  examples::PredictSettings predict;
};

void add_predict(CLI::App& app, examples::PredictSettings& settings) {
  CLI::App& predict =
      examples::add_predict(app, settings, "Tell what a recording says", examples::shipped("audio/digits.safetensors"));
  predict.add_option("file", settings.file, "A sound: WAV, FLAC, ...")->required();
}

void parse(CLI::App& app, Values& values, std::vector<std::string> arguments) {
  app.name("audio");
  app.require_subcommand(1);
  examples::add_training(app, "train", "Train a Perceiver and test it", values.train, values.config, add_options);
  examples::add_eval(app, values.eval, examples::shipped("audio/digits.safetensors"));
  add_predict(app, values.predict);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  app.parse(arguments);
}

examples::Recipe recipe_for(const Settings& asked) {
  if (asked.data.empty()) return {"signals.toml", signals_toml};
  return asked.front_end.kind == FrontEnd::raw ? examples::Recipe{"raw.toml", raw_toml}
                                               : examples::Recipe{"digits.toml", digits_toml};
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Values values;
  values.train = examples::settings_before(arguments, "train", add_options, recipe_for);
  CLI::App app("Tells what a recording says, with a Perceiver");
  app.set_version_flag("--version", fmt::format("latent {}", version));
  try {
    parse(app, values, arguments);
  } catch (const CLI::ParseError& error) { return app.exit(error); }
  if (app.got_subcommand("train")) return train(values.train, app.get_subcommand("train")->config_to_str(true));
  return app.got_subcommand("eval") ? eval(values.eval) : predict(values.predict);
}

}  // namespace latent::audio
