#include "examples/shakespeare/command_line.h"

#include <limits>

#include "examples/app/train_command.h"
#include "examples/report/runs.h"
#include "examples/shakespeare/commands.h"
#include "examples/shakespeare/recipes.h"

namespace latent::shakespeare {
namespace {

using examples::add_option;
using examples::between;

void add_generate(CLI::App& app, GenerateSettings& settings) {
  CLI::App& generate = *app.add_subcommand("generate", "Write on, character by character");
  generate.add_option("--weights", settings.weights, "best.safetensors of a run")->required();
  generate.add_option("--prompt", settings.prompt, "How the text begins; by default with a new line");
  add_option(generate, "--length", settings.length, "Characters to write")->check(between(0, 1'000'000'000));
  add_option(generate, "--temperature", settings.how.sampling.temperature,
             "Below 1 likelier characters are preferred; 0: always the likeliest")
      ->check(between(0.0, 100.0));
  add_option(generate, "--top-k", settings.how.sampling.top_k, "Among the so many likeliest; 0: all")
      ->check(between(0, 1'000'000));
  add_option(generate, "--top-p", settings.how.sampling.top_p, "Among the likeliest with this probability together")
      ->check(between(1e-9, 1.0));
  add_option(generate, "--cache", settings.how.cached, "Remember what was read; without, the same text comes slowly");
  examples::add_seed(generate, settings.seed, "Of all random numbers");
  add_option(generate, "--threads", settings.threads, "0: all that the process may use")->check(between(0, 4096));
}

examples::Recipe train_recipe(const Settings& asked) {
  return asked.data.empty() ? examples::Recipe{"verse.toml", verse_toml}
                            : examples::Recipe{"shakespeare.toml", shakespeare_toml};
}

examples::Recipe compare_recipe(const Settings&) { return {"compare.toml", compare_toml}; }

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Settings to_train = examples::settings_before(arguments, "train", add_options, train_recipe);
  Settings to_compare = examples::settings_before(arguments, "compare", add_compare_options, compare_recipe);
  GenerateSettings to_generate;
  std::string config, runs;

  CLI::App app("Writes like Shakespeare, character by character", "shakespeare");
  examples::add_training(app, "train", "Train a language model", to_train, config, add_options);
  add_generate(app, to_generate);
  examples::add_training(app, "compare", "Train one with each attention, and measure how fast they read and write",
                         to_compare, config, add_compare_options);
  examples::add_runs(app, runs);
  return examples::run_command(app, arguments,
                               {{"train", [&] { return train(to_train); }},
                                {"generate", [&] { return generate(to_generate); }},
                                {"compare", [&] { return compare(to_compare); }},
                                {"runs", [&] { return examples::list_runs(runs); }}});
}

}  // namespace latent::shakespeare
