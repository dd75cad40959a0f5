#include "examples/app/classifier_settings.h"

#include "examples/app/options.h"

namespace latent::examples {
namespace {

void add_sizes(CLI::App& app, models::PerceiverConfig& model) {
  const CLI::Validator size = between(Index{1}, Index{16384}), count = between(Index{1}, Index{1000});
  add_choice(app, "--positions", model.input.positions, "Position features: Fourier features, or learned",
             {{"fourier", models::Positions::fourier}, {"learned", models::Positions::learned}});
  add_option(app, "--bands", model.input.bands, "Frequencies of Fourier features")->check(between(0, 1024));
  add_option(app, "--position-channels", model.input.position_channels, "Of learned positions")->check(size);
  add_option(app, "--latents", model.latents, "Number of latents")->check(size);
  add_option(app, "--channels", model.channels, "Of each latent")->check(size);
  add_option(app, "--cross-attends", model.cross_attends, "Times that the latents read the input")->check(count);
  add_option(app, "--cross-heads", model.cross_heads, "Heads of a cross-attend")->check(count);
  add_option(app, "--cross-width", model.cross_width, "Channels in the heads of a cross-attend; 0: as few as it reads")
      ->check(between(0, 16384));
  add_option(app, "--blocks", model.blocks, "Self-attention blocks after each cross-attend")->check(between(0, 1000));
  add_option(app, "--heads", model.heads, "Heads of a self-attention block")->check(count);
  add_option(app, "--widening", model.widening, "Hidden channels of a feed-forward layer per channel")->check(count);
}

void add_choices(CLI::App& app, models::PerceiverConfig& model) {
  using enum models::Sharing;
  using Form = nn::AttentionForm;
  const std::vector<std::pair<std::string, models::Sharing>> sharing = {
      {"none", none}, {"after-first", after_first}, {"all", all}};
  add_choice(app, "--cross-sharing", model.cross_sharing, "Which cross-attends have the same weights", sharing);
  add_choice(app, "--tower-sharing", model.tower_sharing, "Which towers of blocks have the same weights", sharing);
  add_choice(app, "--placement", model.placement, "Cross-attends between the towers, or all before the first",
             {{"interleaved", models::Placement::interleaved}, {"at-start", models::Placement::at_start}});
  add_choice(app, "--cross-form", model.cross_form, "How a cross-attend is computed; the result is the same",
             {{"automatic", Form::automatic}, {"plain", Form::plain}, {"absorbed", Form::absorbed}});
  add_option(app, "--final-norm", model.final_norm, "A LayerNorm before the head");
  add_option(app, "--zero-head", model.zero_head, "The head starts from zeros: all classes equally likely");
  add_option(app, "--dropout", model.dropout, "Probability")->check(between(0.0, 0.9));
}

}  // namespace

void add_data_options(CLI::App& app, ClassifierSettings& settings, const std::string& help) {
  app.option_defaults()->group("Data");
  add_option(app, "--data", settings.data, help);
  add_option(app, "--validation", settings.validation, "Training samples held out to choose the best epoch; 0: none")
      ->check(between(0, 1'000'000));
  app.option_defaults()->group("Options");
}

void add_model_options(CLI::App& app, models::PerceiverConfig& model) {
  app.option_defaults()->group("Model");
  add_sizes(app, model);
  add_choices(app, model);
  app.option_defaults()->group("Options");
}

void add_model_kind(CLI::App& app, ModelKind& kind) {
  app.option_defaults()->group("Model");
  add_choice(app, "--model", kind,
             "Perceiver, Perceiver IO, or a Transformer: as many blocks, and nothing of latents and cross-attends",
             {{"perceiver", ModelKind::perceiver},
              {"perceiver-io", ModelKind::perceiver_io},
              {"transformer", ModelKind::transformer}});
  app.option_defaults()->group("Options");
}

ModelConfig model_config(ModelKind kind, const models::PerceiverConfig& model) {
  if (kind == ModelKind::perceiver_io) return models::PerceiverIoConfig{.encoder = model};
  if (kind == ModelKind::transformer)
    return models::TransformerConfig{.input = model.input,
                                     .layers = model.blocks * model.tower_count(),
                                     .channels = model.channels,
                                     .heads = model.heads,
                                     .widening = model.widening,
                                     .dropout = model.dropout,
                                     .zero_head = model.zero_head,
                                     .classes = model.classes};
  return model;
}

}  // namespace latent::examples
