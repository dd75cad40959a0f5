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

examples::Samples training_samples_of(std::shared_ptr<const Clouds> clouds, const Settings& settings,
                                      const std::vector<Index>& partners) {
  const examples::Samples plain = samples_of(clouds, settings.points);
  if (settings.training_points > clouds->points())
    fail("--training-points {}: the clouds have {} points each", settings.training_points, clouds->points());
  const auto changed = [=, change = training_changes(settings)](Index sample, const Generator& chance) {
    Cloud cloud = first_points(*clouds, sample, clouds->points());
    Generator generator = chance.fold_in(std::uint64_t(sample));
    change(cloud, generator);
    return cloud;
  };
  const double mixed = settings.augmentation.mix;
  const auto batch = [=](const std::vector<Index>& samples, const Generator* chance) -> train::Batch {
    if (!chance) return plain.batch(samples, nullptr);
    std::vector<Cloud> all;
    for (const Index sample : samples) all.push_back(changed(sample, *chance));
    const Tensor labels = labels_of(*clouds, samples);
    if (mixed == 0) return {as_tensor(all), labels};

    const Index classes = Index(clouds->classes.size());
    const Tensor shares = zeros({labels.size(), classes});
    float* share = shares.mutable_data<float>();
    for (std::size_t i = 0; i < all.size(); ++i, share += classes) {
      const auto label = [&](Index sample) { return clouds->labels[std::size_t(sample)]; };
      share[label(samples[i])] = 1;
      Generator generator = chance->fold_in(std::uint64_t(clouds->size() + samples[i]));  // a stream of its own
      if (generator.uniform() >= mixed) continue;
      const Index partner = partners[std::size_t(generator.below(std::ssize(partners)))];
      const double taken = mix(all[i], changed(partner, *chance), generator);
      share[label(samples[i])] -= float(taken);
      share[label(partner)] += float(taken);
    }
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
  const std::vector<Index> partners(order.begin(), order.end() - std::min(settings.validation, std::ssize(order)));
  examples::hold_out(samples, training_samples_of(train, settings, partners), order, settings.validation);
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
