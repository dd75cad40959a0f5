#include "examples/modelnet/settings.h"

#include <algorithm>

#include "examples/app/options.h"
#include "examples/app/training_options.h"

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
  add_option(app, "--mix", largest.mix, "Probability that a cloud gets points of another one, and a share of its label")
      ->check(between(0.0, 1.0));
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
  add_option(app, "--training-points", settings.training_points,
             "Chosen by chance in each step of the training; 0: as many as --points")
      ->check(between(Index{0}, most_points));
  add_option(app, "--classes", settings.classes, "10: only those of ModelNet10; 0: all")->check(CLI::IsMember({0, 10}));
  add_augmentation(app, settings.augmentation);
  examples::add_model_options(app, settings.model);
  app.option_defaults()->group("Model");
  add_option(app, "--nyquist-frequency", settings.model.input.nyquist_frequency,
             "Highest frequency of the position features: half-periods in a length of 1")
      ->check(between(0.0, 1e6));
  add_option(app, "--neighbourhood", settings.model.input.neighbourhood,
             "A point also tells how its neighbours lie, weighed by Gaussians this wide and twice; 0: no")
      ->check(between(0.0, 10.0));
  examples::add_model_kind(app, settings.kind);
}

namespace {

Change training_changes(const Settings& settings) {
  const Augmentation& largest = settings.augmentation;
  const Index points = settings.training_points > 0 ? settings.training_points : settings.points;
  return examples::in_turn<Cloud>({choose(points), turn(largest.turn), largest.mirror ? mirror() : Change(),
                                   scale_axes(largest.scale), scale_points(largest.radial), jitter(largest.jitter),
                                   shift(largest.shift)});
}

Cloud first_points(const Clouds& clouds, Index which, Index points) {
  Cloud cloud;
  for (Index i = 0; i < points; ++i) cloud.push_back(clouds(which, i));
  return cloud;
}

Tensor as_tensor(const std::vector<Cloud>& clouds) {
  const Tensor all = Tensor::empty({Index(clouds.size()), Index(clouds.front().size()), 3});
  float* to = all.write<float>();
  for (const Cloud& cloud : clouds)
    for (const Point& point : cloud) to = std::ranges::copy(point, to).out;
  return all;
}

Tensor labels_of(const Clouds& clouds, const std::vector<Index>& samples) {
  const Tensor labels = Tensor::empty({Index(samples.size())}, DType::i64);
  std::ranges::transform(samples, labels.write<Index>(),
                         [&](Index sample) { return clouds.labels[std::size_t(sample)]; });
  return labels;
}

// With this probability each gets points of another one, and that one's class a share of its target.
Tensor mix_some(std::vector<Cloud>& all, const Tensor& labels, Index classes, double probability, Generator generator) {
  const Tensor shares = zeros({labels.size(), classes});
  const Index* const label = labels.data<Index>();
  float* share = shares.write<float>();
  const std::vector<Cloud> unmixed = all;
  for (std::size_t i = 0; i < all.size(); ++i, share += classes) {
    share[label[i]] = 1;
    if (generator.uniform() >= probability) continue;
    const auto other = std::size_t(generator.below(Index(all.size())));
    const double taken = mix(all[i], unmixed[other], generator);
    share[label[i]] -= float(taken);
    share[label[other]] += float(taken);
  }
  return shares;
}

}  // namespace

examples::Samples samples_of(const Clouds& clouds, Index points) {
  if (points > clouds.points()) fail("--points {}: the clouds have {} points each", points, clouds.points());
  return {clouds.size(), [=, &clouds](const std::vector<Index>& samples, const Generator*) -> train::Batch {
            std::vector<Cloud> all;
            for (const Index sample : samples) all.push_back(first_points(clouds, sample, points));
            return {as_tensor(all), labels_of(clouds, samples)};
          }};
}

examples::Samples training_samples_of(const Clouds& clouds, const Settings& settings) {
  const examples::Samples plain = samples_of(clouds, settings.points);
  if (settings.training_points > clouds.points())
    fail("--training-points {}: the clouds have {} points each", settings.training_points, clouds.points());
  const Change change = training_changes(settings);
  const double mixed = settings.augmentation.mix;
  const auto batch = [=, &clouds](const std::vector<Index>& samples, const Generator* chance) -> train::Batch {
    if (!chance) return plain.batch(samples, nullptr);
    std::vector<Cloud> all;
    for (const Index sample : samples) {
      all.push_back(first_points(clouds, sample, clouds.points()));
      Generator generator = chance->split(std::uint64_t(sample));
      change(all.back(), generator);
    }
    const Tensor labels = labels_of(clouds, samples);
    if (mixed == 0) return {as_tensor(all), labels};
    const Generator of_batch = chance->split(std::uint64_t(clouds.size() + samples.front()));  // a stream of its own
    const Tensor shares = mix_some(all, labels, Index(clouds.classes.size()), mixed, of_batch);
    return {as_tensor(all), shares};
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
  examples::hold_out(all, training_samples_of(data.train, settings), order, settings.validation);
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
