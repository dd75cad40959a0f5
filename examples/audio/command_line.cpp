#include "examples/audio/command_line.h"

#include "examples/app/classifier_commands.h"
#include "examples/app/config.h"
#include "examples/app/train_command.h"
#include "examples/audio/commands.h"
#include "examples/audio/recipes.h"
#include "examples/report/runs.h"

namespace latent::audio {
namespace {

void add_predict(CLI::App& app, examples::PredictSettings& settings) {
  CLI::App& predict =
      examples::add_predict(app, settings, "Tell what a recording says", examples::shipped("audio/digits.safetensors"));
  predict.add_option("file", settings.file, "A sound: WAV, FLAC, ...")->required();
}

examples::Recipe recipe_for(const Settings& asked) {
  if (asked.data.empty()) return {"signals.toml", signals_toml};
  return asked.front_end.kind == FrontEnd::raw ? examples::Recipe{"raw.toml", raw_toml}
                                               : examples::Recipe{"digits.toml", digits_toml};
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Settings to_train = examples::settings_before(arguments, "train", add_options, recipe_for);
  examples::EvalSettings to_eval;
  examples::PredictSettings to_predict;
  std::string config, runs;

  CLI::App app("Tells what a recording says, with a Perceiver", "audio");
  examples::add_training(app, "train", "Train a Perceiver and test it", to_train, config, add_options);
  examples::add_eval(app, to_eval, examples::shipped("audio/digits.safetensors"));
  add_predict(app, to_predict);
  examples::add_runs(app, runs);
  const auto text = [&](const char* command) { return examples::config_text(*app.get_subcommand(command)); };
  return examples::run_command(app, arguments,
                               {{"train", [&] { return train(to_train, text("train")); }},
                                {"eval", [&] { return eval(to_eval); }},
                                {"predict", [&] { return predict(to_predict); }},
                                {"runs", [&] { return examples::list_runs(runs); }}});
}

}  // namespace latent::audio
