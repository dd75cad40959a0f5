#include "examples/mnist/settings.h"

#include <algorithm>

namespace latent::mnist {
namespace {

using examples::add_choice;
using examples::add_option;
using examples::between;

void add_data_options(CLI::App& app, Settings& settings) {
  app.option_defaults()->group("Data");
  add_option(app, "--data", settings.data,
             "Folder with the four files of MNIST, here or in $LATENT_DATA; without it the program draws its digits");
  add_option(app, "--validation", settings.validation, "Training images held out to choose the best epoch; 0: none")
      ->check(between(0, 1'000'000));
}

void add_augmentation(CLI::App& app, Augmentation& largest) {
  add_option(app, "--rotation", largest.rotation, "Largest random rotation, degrees")->check(between(0.0, 180.0));
  add_option(app, "--scale", largest.scale, "Largest random change of width and height, 0.1 for 10 %")
      ->check(between(0.0, 0.9));
  add_option(app, "--shear", largest.shear, "Largest random slant")->check(between(0.0, 2.0));
  add_option(app, "--shift", largest.shift, "Largest random shift, pixels")->check(between(0.0, 28.0));
}

void add_model_sizes(CLI::App& app, Settings& settings) {
  const CLI::Validator size = between(Index{1}, Index{16384}), count = between(Index{1}, Index{1000});
  models::PerceiverConfig& model = settings.model;
  add_option(app, "--patch", settings.patch, "Side of the square of pixels in one token")
      ->check(CLI::IsMember({1, 2, 4, 7, 14}));
  add_option(app, "--bands", model.input.bands, "Frequencies of the position features")->check(between(0, 1024));
  add_option(app, "--latents", model.latents, "Number of latents")->check(size);
  add_option(app, "--channels", model.channels, "Of each latent")->check(size);
  add_option(app, "--cross-attends", model.cross_attends, "Times that the latents read the image")->check(count);
  add_option(app, "--cross-heads", model.cross_heads, "Heads of a cross-attend")->check(count);
  add_option(app, "--cross-width", model.cross_width, "Channels in the heads of a cross-attend; 0: as few as it reads")
      ->check(between(0, 16384));
  add_option(app, "--blocks", model.blocks, "Self-attention blocks after each cross-attend")->check(between(0, 1000));
  add_option(app, "--heads", model.heads, "Heads of a self-attention block")->check(count);
  add_option(app, "--widening", model.widening, "Hidden channels of a feed-forward layer per channel")->check(count);
}

void add_model_choices(CLI::App& app, models::PerceiverConfig& model) {
  using enum models::Sharing;
  using Form = nn::AttentionForm;
  const std::vector<std::pair<std::string, models::Sharing>> sharing = {
      {"none", none}, {"after-first", after_first}, {"all", all}};
  add_choice(app, "--cross-sharing", model.cross_sharing, "Which cross-attends have the same weights", sharing);
  add_choice(app, "--tower-sharing", model.tower_sharing, "Which towers of blocks have the same weights", sharing);
  add_choice(app, "--cross-form", model.cross_form, "How a cross-attend is computed; the result is the same",
             {{"automatic", Form::automatic}, {"plain", Form::plain}, {"absorbed", Form::absorbed}});
  add_option(app, "--final-norm", model.final_norm, "A LayerNorm before the head");
  add_option(app, "--zero-head", model.zero_head, "The head starts from zeros: all classes equally likely");
  add_option(app, "--dropout", model.dropout, "Probability")->check(between(0.0, 0.9));
}

void add_shared_options(CLI::App& app, Settings& settings) {
  examples::add_options(app, settings.training);
  examples::add_resume(app, settings.training);
  add_data_options(app, settings);
  app.option_defaults()->group("Model");
  add_model_sizes(app, settings);
  add_model_choices(app, settings.model);
  app.option_defaults()->group("Options");
}

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  add_shared_options(app, settings);
  examples::add_label_smoothing(app, settings.training);
  app.option_defaults()->group("Data");
  add_augmentation(app, settings.augmentation);
  app.option_defaults()->group("Model");
  add_choice(app, "--model", settings.kind, "Perceiver, Perceiver IO, or a Transformer with as many blocks",
             {{"perceiver", ModelKind::perceiver},
              {"perceiver-io", ModelKind::perceiver_io},
              {"transformer", ModelKind::transformer}});
  app.option_defaults()->group("Options");
}

void add_reconstruct_options(CLI::App& app, Settings& settings) {
  add_shared_options(app, settings);
  add_option(app, "--visible", settings.visible, "Patches of each image that are seen")
      ->check(between(Index{1}, Index{image_size}));
}

Data load_data(const Settings& settings) {
  Data data{load_dataset(settings.data, Split::train), load_dataset(settings.data, Split::test), 0};
  data.training = data.train.size() - settings.validation;
  if (data.training < 1)
    fail("--validation {}: there are only {} training images", settings.validation, data.train.size());
  return data;
}

Index limited(Index images, const examples::TrainingSettings& settings) {
  return settings.limit_batches > 0 ? std::min(images, settings.limit_batches * settings.batch_size) : images;
}

ModelConfig model_config(const Settings& settings) {
  models::PerceiverConfig config = settings.model;
  const Index grid = side / settings.patch;
  config.input.grid = {grid, grid};
  config.input.input_channels = settings.patch * settings.patch;
  config.input.nyquist_frequency = grid / 2.0;
  config.classes = classes;
  if (settings.kind == ModelKind::perceiver_io) return models::PerceiverIoConfig{.encoder = config};
  if (settings.kind == ModelKind::transformer)
    return models::TransformerConfig{.input = config.input,
                                     .layers = config.blocks * config.tower_count(),
                                     .channels = config.channels,
                                     .heads = config.heads,
                                     .widening = config.widening,
                                     .dropout = config.dropout,
                                     .zero_head = config.zero_head,
                                     .classes = classes};
  return config;
}

}  // namespace latent::mnist
