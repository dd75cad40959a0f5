#include "examples/modelnet/settings.h"

#include <algorithm>

namespace latent::modelnet {
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
  float* to = all.mutable_data<float>();
  for (const Cloud& cloud : clouds)
    for (const Point& point : cloud) to = std::ranges::copy(point, to).out;
  return all;
}

Tensor labels_of(const Clouds& clouds, const std::vector<Index>& samples) {
  const Tensor labels = Tensor::empty({Index(samples.size())}, DType::i64);
  std::ranges::transform(samples, labels.mutable_data<Index>(),
                         [&](Index sample) { return clouds.labels[std::size_t(sample)]; });
  return labels;
}

// Mixes each cloud with another one with this probability; returns the targets, shares of the classes, (B, classes).
Tensor mix_some(std::vector<Cloud>& all, const Tensor& labels, Index classes, double probability, Generator generator) {
  const Tensor shares = zeros({labels.size(), classes});
  const Index* const label = labels.data<Index>();
  float* share = shares.mutable_data<float>();
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

examples::Samples samples_of(std::shared_ptr<const Clouds> clouds, Index points) {
  if (points > clouds->points()) fail("--points {}: the clouds have {} points each", points, clouds->points());
  const Index size = clouds->size();
  return {size, [=](const std::vector<Index>& samples, const Generator*) -> train::Batch {
            std::vector<Cloud> all;
            for (const Index sample : samples) all.push_back(first_points(*clouds, sample, points));
            return {as_tensor(all), labels_of(*clouds, samples)};
          }};
}

examples::Samples training_samples_of(std::shared_ptr<const Clouds> clouds, const Settings& settings) {
  const examples::Samples plain = samples_of(clouds, settings.points);
  if (settings.training_points > clouds->points())
    fail("--training-points {}: the clouds have {} points each", settings.training_points, clouds->points());
  const Change change = training_changes(settings);
  const double mixed = settings.augmentation.mix;
  const auto batch = [=](const std::vector<Index>& samples, const Generator* chance) -> train::Batch {
    if (!chance) return plain.batch(samples, nullptr);
    std::vector<Cloud> all;
    for (const Index sample : samples) {
      all.push_back(first_points(*clouds, sample, clouds->points()));
      Generator generator = chance->fold_in(std::uint64_t(sample));
      change(all.back(), generator);
    }
    const Tensor labels = labels_of(*clouds, samples);
    if (mixed == 0) return {as_tensor(all), labels};
    const Generator of_batch = chance->fold_in(std::uint64_t(clouds->size() + samples.front()));  // a stream of its own
    const Tensor shares = mix_some(all, labels, Index(clouds->classes.size()), mixed, of_batch);
    return {as_tensor(all), shares};
  };
  return {clouds->size(), batch};
}

// The clouds are sorted by class, so the held-out clouds are chosen at random, the same ones for every seed.
examples::TrainingData training_data(const Settings& settings) {
  const auto train = std::make_shared<Clouds>(load_clouds(settings.data, Split::train));
  const auto test = std::make_shared<Clouds>(load_clouds(settings.data, Split::test));
  if (train->classes != test->classes) fail("{}: train and test have different classes", settings.data);
  const std::vector<std::string> classes = settings.classes == 10 ? modelnet10() : train->classes;
  const std::vector<Index> in_train = keep_classes(*train, classes);

  examples::LabelledData samples{
      .name = settings.data.empty() ? "solids" : settings.data,
      .unit = "cloud",
      .test = examples::select(samples_of(test, settings.points), keep_classes(*test, classes)),
      .picture = [](const Tensor& tokens) {
        return examples::Picture{"cloud", tokens};
      }};
  Generator shuffler(0);
  std::vector<Index> order = permutation(Index(in_train.size()), shuffler);
  for (Index& sample : order) sample = in_train[std::size_t(sample)];
  examples::hold_out(samples, training_samples_of(train, settings), order, settings.validation);
  return {samples, classes, model_config(settings, Index(classes.size())), {{"data", settings.data}}};
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
