#include "examples/shakespeare/settings.h"

#include "examples/app/config.h"
#include "examples/app/options.h"
#include "examples/app/training_options.h"

namespace latent::shakespeare {
namespace {

using examples::add_choice;
using examples::add_option;
using examples::between;

void add_data_options(CLI::App& app, Settings& settings) {
  app.option_defaults()->group("Data");
  add_option(app, "--data", settings.data,
             "A text, or a folder with input.txt, as it is, in data/ or in $LATENT_DATA; without it the program has 28 "
             "sonnets");
  add_option(app, "--validation", settings.validation, "Share of the text, at its end, that is held out")
      ->check(between(0.0, 0.9));
  add_option(app, "--epoch-steps", settings.epoch_steps, "Steps from one validation to the next")
      ->check(between(Index{1}, Index{1'000'000}));
}

void add_model_options(CLI::App& app, models::LanguageModelConfig& model) {
  using enum models::TokenPositions;
  using Activation = nn::Activation;
  const CLI::Validator size = between(Index{1}, Index{16384}), count = between(Index{1}, Index{1000});
  app.option_defaults()->group("Model");
  add_option(app, "--context", model.context, "Characters that the model sees at once")->check(size);
  add_option(app, "--layers", model.layers, "Blocks of attention and feed-forward layer")->check(count);
  add_option(app, "--channels", model.channels, "Of each token")->check(size);
  add_option(app, "--heads", model.heads, "Of queries")->check(count);
  add_option(app, "--kv-heads", model.kv_heads, "Of keys and values, for gqa")->check(count);
  add_option(app, "--head-channels", model.head_channels, "Of each head, for mla; 0: channels / heads")
      ->check(between(0, 16384));
  add_option(app, "--code-channels", model.code_channels, "Of the code of keys and values, for mla")->check(size);
  add_option(app, "--query-code-channels", model.query_code_channels, "Of the code of queries, for mla; 0: none")
      ->check(between(0, 16384));
  add_option(app, "--rotary-channels", model.rotary_channels, "Of each head's position, for mla")->check(size);
  add_choice(app, "--positions", model.positions, "How the model knows where a token is",
             {{"learned", learned}, {"sinusoidal", sinusoidal}, {"rotary", rotary}});
  add_choice(app, "--activation", model.activation, "Of the feed-forward layers",
             {{"gelu", Activation::gelu}, {"swiglu", Activation::swiglu}});
  add_option(app, "--widening", model.widening, "Hidden channels of a feed-forward layer per channel")->check(count);
  add_option(app, "--bias", model.bias, "Of norms and linear maps");
  add_option(app, "--dropout", model.dropout, "Probability")->check(between(0.0, 0.9));
}

void add_shared_options(CLI::App& app, Settings& settings) {
  examples::add_options(app, settings.training);
  examples::add_label_smoothing(app, settings.training);
  add_data_options(app, settings);
  add_model_options(app, settings.model);
}

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  using Kind = models::AttentionKind;
  add_shared_options(app, settings);
  examples::add_resume(app, settings.training);
  app.option_defaults()->group("Model");
  add_choice(app, "--attention", settings.model.attention,
             "Multi-head, grouped-query, multi-query or multi-head latent attention",
             {{"mha", Kind::mha}, {"gqa", Kind::gqa}, {"mqa", Kind::mqa}, {"mla", Kind::mla}});
  app.option_defaults()->group("Options");
}

void add_compare_options(CLI::App& app, Settings& settings) {
  add_shared_options(app, settings);
  app.option_defaults()->group("Options");
  add_option(app, "--seeds", settings.seeds, "Runs of each attention; 0: only measure speed")->check(between(0, 100));
}

std::string config_text(Settings settings) {
  CLI::App app;
  add_options(app, settings);
  return examples::config_text(app);
}

}  // namespace latent::shakespeare
