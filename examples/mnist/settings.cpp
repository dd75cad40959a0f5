#include "examples/mnist/settings.h"

#include <numeric>

#include "examples/mnist/tokens.h"

namespace latent::mnist {

void add_model_options(CLI::App& app, Settings& settings) {
  examples::add_option(app, "--patch", settings.patch, "Side of the square patch of pixels in a token")
      ->check(CLI::IsMember({1, 2, 4, 7, 14}))
      ->group("Model");
  examples::add_model_options(app, settings.model, {"nyquist_frequency", "neighbourhood"});
}

Data load_data(const Settings& settings) {
  Data data{load_dataset(settings.data, Split::train), load_dataset(settings.data, Split::test), 0};
  data.train_size = data.train.size() - settings.validation;
  if (data.train_size < 1)
    fail("--validation {}: there are only {} training images", settings.validation, data.train.size());
  return data;
}

std::string data_name(const Settings& settings) { return settings.data.empty() ? "drawn digits" : settings.data; }

examples::Samples samples_of(std::shared_ptr<const Dataset> dataset, Index patch, const Augmentation& largest) {
  const Index size = dataset->size();
  return {size, [=](const std::vector<Index>& samples, const Generator* chance) {
            return chance ? make_batch(*dataset, samples, patch, largest, *chance)
                          : make_batch(*dataset, samples, patch);
          }};
}

examples::TrainingData training_data(const Settings& settings) {
  Data data = load_data(settings);
  examples::LabelledData samples{.name = data_name(settings),
                                 .unit = "image",
                                 .test = samples_of(std::make_shared<Dataset>(std::move(data.test)), settings.patch),
                                 .picture = [patch = settings.patch](const Tensor& tokens) -> examples::Picture {
                                   const auto pixels = image_of(tokens.data<float>(), patch);
                                   return {"image", tensor({pixels.begin(), pixels.end()}, {side, side})};
                                 }};
  std::vector<Index> order(std::size_t(data.train.size()));
  std::iota(order.begin(), order.end(), 0);
  examples::hold_out(
      samples, samples_of(std::make_shared<Dataset>(std::move(data.train)), settings.patch, settings.augmentation),
      order, settings.validation);
  return {samples, class_names(), model_config(settings), {{"data", settings.data}}};
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
