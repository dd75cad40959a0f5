#include "examples/mnist/settings.h"

#include <numeric>

#include "examples/app/options.h"
#include "examples/app/training_options.h"
#include "examples/mnist/tokens.h"

namespace latent::mnist {
namespace {

using examples::add_option;
using examples::between;

void add_augmentation(CLI::App& app, Augmentation& largest) {
  app.option_defaults()->group("Data");
  add_option(app, "--rotation", largest.rotation, "Largest random rotation, degrees")->check(between(0.0, 180.0));
  add_option(app, "--scale", largest.scale, "Largest random change of width and height, 0.1 for 10 %")
      ->check(between(0.0, 0.9));
  add_option(app, "--shear", largest.shear, "Largest random slant")->check(between(0.0, 2.0));
  add_option(app, "--shift", largest.shift, "Largest random shift, pixels")->check(between(0.0, 28.0));
  add_option(app, "--elastic", largest.elastic, "Deviation of the random moves of its parts, pixels")
      ->check(between(0.0, 28.0));
  app.option_defaults()->group("Options");
}

void add_shared_options(CLI::App& app, Settings& settings) {
  examples::add_options(app, settings.training);
  examples::add_resume(app, settings.training);
  examples::add_data_options(app, settings,
                             "Folder with the four files of MNIST, as it is, in data/ or in $LATENT_DATA; without it "
                             "the program draws its digits");
  app.option_defaults()->group("Model");
  add_option(app, "--patch", settings.patch, "Side of the square of pixels in one token")
      ->check(CLI::IsMember({1, 2, 4, 7, 14}));
  examples::add_model_options(app, settings.model);
}

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  add_shared_options(app, settings);
  examples::add_label_smoothing(app, settings.training);
  add_augmentation(app, settings.augmentation);
  examples::add_model_kind(app, settings.kind);
  app.option_defaults()->group("Data");
  add_option(
      app, "--permutation", settings.model.input.permutation,
      "Seed of an order in which the tokens come, the same for all images, after their position features; 0: row "
      "by row")
      ->check(between(0, 1'000'000));
  app.option_defaults()->group("Options");
}

void add_reconstruct_options(CLI::App& app, Settings& settings) {
  add_shared_options(app, settings);
  app.option_defaults()->group("Model");
  add_option(app, "--visible", settings.visible, "Patches of each image that are seen")
      ->check(between(Index{1}, Index{image_size}));
  app.option_defaults()->group("Options");
}

Data load_data(const Settings& settings) {
  Data data{load_dataset(settings.data, Split::train), load_dataset(settings.data, Split::test), 0};
  data.training = data.train.size() - settings.validation;
  if (data.training < 1)
    fail("--validation {}: there are only {} training images", settings.validation, data.train.size());
  return data;
}

std::string data_name(const Settings& settings) { return settings.data.empty() ? "drawn digits" : settings.data; }

examples::Samples samples_of(const Dataset& dataset, Index patch, const Augmentation& largest) {
  return {dataset.size(), [=, &dataset](const std::vector<Index>& samples, const Generator* chance) {
            return chance ? make_batch(dataset, samples, patch, largest, *chance) : make_batch(dataset, samples, patch);
          }};
}

examples::LabelledData labelled(const Settings& settings, const Data& data) {
  examples::LabelledData all{.name = data_name(settings),
                             .unit = "image",
                             .test = samples_of(data.test, settings.patch),
                             .picture = [patch = settings.patch](const Tensor& tokens) -> examples::Picture {
                               const auto pixels = image_of(tokens.data<float>(), patch);
                               return {"image", tensor({pixels.begin(), pixels.end()}, {side, side})};
                             }};
  std::vector<Index> order(std::size_t(data.train.size()));
  std::iota(order.begin(), order.end(), 0);
  examples::hold_out(all, samples_of(data.train, settings.patch, settings.augmentation), order, settings.validation);
  return all;
}

models::PerceiverConfig model_config(const Settings& settings) {
  models::PerceiverConfig config = settings.model;
  const Index grid = side / settings.patch;
  config.input.grid = {grid, grid};
  config.input.input_channels = settings.patch * settings.patch;
  config.input.nyquist_frequency = double(grid) / 2;
  config.classes = classes;
  return config;
}

Index patch_of(const models::InputConfig& input) { return side / input.grid[0]; }

void check_model(const models::InputConfig& input) {
  const Index grid = input.grid.empty() ? 0 : input.grid[0];
  const bool divides = grid > 0 && side % grid == 0 && input.grid == Shape{grid, grid};
  if (!divides || input.input_channels != side / grid * (side / grid) || input.own_axes != 0)
    fail("a model of {} x {} pixels expected, found {} inputs of {} channels", side, side, input.grid,
         input.input_channels);
}

}  // namespace latent::mnist
