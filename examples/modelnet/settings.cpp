#include "examples/modelnet/settings.h"

#include <algorithm>

namespace latent::modelnet {
namespace {

using examples::add_option;
using examples::between;

constexpr Index most_points = 100'000;  // of a cloud

void add_augmentation(CLI::App& app, Augmentation& largest) {
  app.option_defaults()->group("Data");
  add_option(app, "--scale", largest.scale, "Largest random change of each axis, 0.25 for 1 / 1.25 to 1.25")
      ->check(between(0.0, 10.0));
  add_option(app, "--shift", largest.shift, "Largest random shift along each axis")->check(between(0.0, 10.0));
  add_option(app, "--jitter", largest.jitter, "Standard deviation of the noise on each coordinate")
      ->check(between(0.0, 1.0));
  add_option(app, "--radial", largest.radial, "Largest random change of each point's distance from the middle")
      ->check(between(0.0, 0.9));
  add_option(app, "--turn", largest.turn, "Largest random turn about the vertical, degrees")
      ->check(between(0.0, 180.0));
  add_option(app, "--mirror", largest.mirror, "Left and right, front and back change places at random");
  app.option_defaults()->group("Options");
}

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  examples::add_options(app, settings.training);
  examples::add_resume(app, settings.training);
  examples::add_label_smoothing(app, settings.training);
  examples::add_data_options(app, settings,
                             "Folder of ModelNet40, as meshes or as .npy, as it is, in data/ or in $LATENT_DATA; "
                             "without it the program makes its solids");
  app.option_defaults()->group("Data");
  add_option(app, "--points", settings.points, "Of a cloud that the model sees")->check(between(Index{1}, most_points));
  add_option(app, "--classes", settings.classes, "10: only those of ModelNet10; 0: all")->check(CLI::IsMember({0, 10}));
  add_augmentation(app, settings.augmentation);
  examples::add_model_options(app, settings.model);
  app.option_defaults()->group("Model");
  add_option(app, "--nyquist-frequency", settings.model.input.nyquist_frequency,
             "Highest frequency of the position features: half-periods in a length of 1")
      ->check(between(0.0, 1e6));
  examples::add_model_kind(app, settings.kind);
}

Change training_changes(const Settings& settings) {
  const Augmentation& largest = settings.augmentation;
  return examples::in_turn<Cloud>({choose(settings.points), turn(largest.turn), largest.mirror ? mirror() : Change(),
                                   scale_axes(largest.scale), scale_points(largest.radial), jitter(largest.jitter),
                                   shift(largest.shift)});
}

examples::Samples samples_of(const Clouds& clouds, Index points, const Change& changes) {
  if (points > clouds.points()) fail("--points {}: the clouds have {} points each", points, clouds.points());
  const auto batch = [=, &clouds](const std::vector<Index>& samples, const Generator* chance) -> examples::Batch {
    const auto count = Index(samples.size());
    examples::Batch batch{Tensor::empty({count, points, 3}), Tensor::empty({count}, DType::i64)};
    float* to = batch.input.write<float>();
    Index* labels = batch.target.write<Index>();
    for (const Index sample : samples) {
      *labels++ = clouds.labels[std::size_t(sample)];
      Cloud cloud;
      for (Index i = 0; i < (chance ? clouds.points() : points); ++i) cloud.push_back(clouds(sample, i));
      if (chance) {
        Generator generator = chance->split(std::uint64_t(sample));
        changes(cloud, generator);
      }
      for (const Point& point : cloud) to = std::ranges::copy(point, to).out;
    }
    return batch;
  };
  return {clouds.size(), batch};
}

Data load_data(const Settings& settings) {
  Data data{load_clouds(settings.data, Split::train), load_clouds(settings.data, Split::test), {}, {}};
  if (data.train.classes != data.test.classes) fail("{}: train and test have different classes", settings.data);
  const std::vector<std::string> classes = settings.classes == 10 ? modelnet10() : data.train.classes;
  data.in_train = keep_classes(data.train, classes);
  data.in_test = keep_classes(data.test, classes);
  return data;
}

// The clouds lie class by class, so those held out are chosen by chance, the same ones for every seed.
examples::LabelledData labelled(const Settings& settings, const Data& data) {
  examples::LabelledData all{.name = settings.data.empty() ? "solids" : settings.data,
                             .unit = "cloud",
                             .test = examples::select(samples_of(data.test, settings.points), data.in_test),
                             .picture = [](const Tensor& tokens) {
                               return examples::Picture{"cloud", tokens};
                             }};
  Generator shuffler(0);
  std::vector<Index> order = permutation(Index(data.in_train.size()), shuffler);
  for (Index& sample : order) sample = data.in_train[std::size_t(sample)];
  examples::hold_out(all, samples_of(data.train, settings.points, training_changes(settings)), order,
                     settings.validation);
  return all;
}

models::PerceiverConfig model_config(const Settings& settings, Index classes) {
  models::PerceiverConfig config = settings.model;
  config.input.grid = {settings.points};
  config.input.input_channels = 0;
  config.input.own_axes = 3;
  config.classes = classes;
  return config;
}

void check_model(const models::InputConfig& input) {
  if (input.own_axes != 3 || input.input_channels != 0 || input.tokens() > most_points)
    fail(
        "a model of at most {} points with 3 coordinates expected, found {} inputs with {} axes of their own and {} "
        "channels",
        most_points, input.grid, input.own_axes, input.input_channels);
}

}  // namespace latent::modelnet
