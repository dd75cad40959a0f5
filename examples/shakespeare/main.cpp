// Trains language models on a text, and lets them write.
#include <limits>

#include "examples/app/program.h"
#include "examples/app/train_command.h"
#include "examples/report/runs.h"
#include "examples/shakespeare/commands.h"
#include "examples/shakespeare/recipes.h"

using namespace latent;
using namespace latent::shakespeare;

namespace {

using examples::add_option;
using examples::between;

CLI::App& add_generate(CLI::App& app, GenerateSettings& settings) {
  CLI::App& generate = *app.add_subcommand("generate", "Continue a text, character by character");
  generate.add_option("--weights", settings.weights, "best.safetensors of a run")->required();
  generate.add_option("--prompt", settings.prompt, "Beginning of the text; default: a new line");
  add_option(generate, "--length", settings.length, "Characters to write")->check(between(0, 1'000'000'000));
  add_option(generate, "--temperature", settings.how.sampling.temperature,
             "Temperature of sampling; below 1 likely characters are preferred; 0: always the most likely")
      ->check(between(0.0, 100.0));
  add_option(generate, "--top-k", settings.how.sampling.top_k,
             "Sample from this many of the most likely characters; 0: all")
      ->check(between(0, 1'000'000));
  add_option(generate, "--top-p", settings.how.sampling.top_p,
             "Nucleus sampling: from the most likely characters whose probabilities sum to this")
      ->check(between(1e-9, 1.0));
  add_option(generate, "--cache", settings.how.cached,
             "Keep keys and values in a KV cache; false: the same text takes longer");
  examples::add_seed(generate, settings.seed, "Seed of all random numbers");
  add_option(generate, "--threads", settings.threads, "Number of threads; 0: all that the process may use")
      ->check(between(0, 4096));
  return generate;
}

}  // namespace

int main(int count, char** arguments) {
  return examples::run_program("shakespeare", count, arguments, [](const std::vector<std::string>& words) {
    Settings to_train, to_compare;
    GenerateSettings to_generate;
    std::string runs;
    CLI::App app("Writes like Shakespeare, character by character", "shakespeare");
    CLI::App& training = *app.add_subcommand("train", "Train a language model");
    add_options(training, to_train);
    const examples::RecipeChoice train_recipe(training, to_train.training);
    CLI::App& comparison =
        *app.add_subcommand("compare", "Train a model with each attention, and measure how fast they read and write");
    add_compare_options(comparison, to_compare);
    const examples::RecipeChoice compare_recipe(comparison, to_compare.training);
    return examples::run_commands(app, words,
                                  {{&training, [&] { return shakespeare::train(to_train); },
                                    [&] {
                                      train_recipe.apply(to_train.data.empty()
                                                             ? examples::Recipe{"verse.toml", verse_toml}
                                                             : examples::Recipe{"shakespeare.toml", shakespeare_toml});
                                    }},
                                   {&add_generate(app, to_generate), [&] { return generate(to_generate); }},
                                   {&comparison, [&] { return compare(to_compare); },
                                    [&] {
                                      compare_recipe.apply({"compare.toml", compare_toml});
                                    }},
                                   {&examples::add_runs(app, runs), [&] { return examples::list_runs(runs); }}});
  });
}
