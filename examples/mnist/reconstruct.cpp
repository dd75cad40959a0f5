// A Perceiver IO completes digits of which it sees a few patches: a set of tokens in, an answer for every position out.
#include <algorithm>
#include <cmath>

#include "examples/app/program.h"
#include "examples/mnist/draw.h"
#include "examples/mnist/settings.h"
#include "examples/mnist/tokens.h"
#include "examples/report/classification_report.h"
#include "examples/report/run.h"
#include "nn/losses.h"
#include "train/shards.h"
#include "train/stop.h"

namespace latent::mnist {
namespace {

// Images of which the model sees `visible` patches each, chosen at random.
struct Puzzle {
  Tensor seen;   // (B, visible, patch^2 + 2): pixels, then row and column of the patch, from -1 to 1
  Tensor whole;  // (B, patches, patch^2)
  std::vector<std::vector<Index>> chosen;
};

Puzzle make_puzzle(const Tensor& images, Index visible, const std::vector<Generator>& of_samples) {
  const Index count = images.size(0), patches = images.size(1), pixels = images.size(2);
  const auto grid = static_cast<Index>(std::lround(std::sqrt(double(patches))));
  const Tensor places = nn::grid_positions({grid, grid});
  Puzzle puzzle{Tensor::empty({count, visible, pixels + 2}), images, {}};
  float* to = puzzle.seen.mutable_data<float>();
  for (Index i = 0; i < count; ++i) {
    Generator generator = of_samples[i];
    std::vector<Index> chosen = permutation(patches, generator);
    chosen.resize(visible);
    for (const Index patch : chosen) {
      to = std::copy_n(images.data<float>() + (i * patches + patch) * pixels, pixels, to);
      to = std::copy_n(places.data<float>() + patch * 2, 2, to);
    }
    puzzle.chosen.push_back(std::move(chosen));
  }
  return puzzle;
}

models::PerceiverIoConfig config_of(const Settings& settings) {
  const Index grid = side / settings.patch;
  models::PerceiverIoConfig config{.encoder = settings.model, .output_grid = {grid, grid}};
  models::InputConfig& input = config.encoder.input;
  input.grid = {settings.visible};
  input.input_channels = settings.patch * settings.patch;
  input.own_axes = 2;
  input.nyquist_frequency = double(grid) / 2;
  config.encoder.classes = settings.patch * settings.patch;
  return config;
}

// Number of pixels whose answers are on the same side of half ink as the image.
Index right_pixels(const Tensor& answers, const Tensor& whole) {
  const Tensor middle = scalar((127.5 - mean) / deviation);
  return static_cast<Index>(sum(equal(less(answers, middle), less(whole, middle))).item());
}

using Bytes = std::array<std::uint8_t, image_size>;

class Reconstruction {
 public:
  Reconstruction(const Settings& settings, const models::PerceiverIo& model) : settings_(settings), model_(model) {}

  Puzzle puzzle(const Dataset& dataset, const std::vector<Index>& samples, const Generator& chance) const {
    std::vector<Generator> of_samples;
    for (const Index sample : samples) of_samples.push_back(chance.fold_in(std::uint64_t(sample)));
    return make_puzzle(make_batch(dataset, samples, settings_.patch).input, settings_.visible, of_samples);
  }

  train::Score evaluate(const Dataset& dataset, Index begin, Index end) const {
    const NoGrad off;
    train::Score score{.predictions = (end - begin) * image_size};
    for (Index first = begin; first < end; first += 250) {
      std::vector<Index> samples;
      for (Index i = first; i < std::min(end, first + 250); ++i) samples.push_back(i);
      const Puzzle puzzle = this->puzzle(dataset, samples, Generator(0));
      const Tensor answers = train::map_shards(puzzle.seen, std::cref(model_));
      score.loss += nn::mean_squared_error(answers, puzzle.whole).item() * double(samples.size()) / double(end - begin);
      score.correct += right_pixels(answers, puzzle.whole);
    }
    return score;
  }

  // Three images: the visible patches, the model's completion, the original.
  std::vector<Bytes> complete(const Dataset& dataset, Index sample) const {
    const NoGrad off;
    const Puzzle puzzle = this->puzzle(dataset, {sample}, Generator(0));
    const float* const whole = puzzle.whole.data<float>();
    const Tensor answers = contiguous(model_(puzzle.seen));
    std::vector<float> seen(image_size, -mean / deviation);  // no ink
    const Index pixels = settings_.patch * settings_.patch;
    for (const Index patch : puzzle.chosen[0]) std::copy_n(whole + patch * pixels, pixels, &seen[patch * pixels]);
    return {image_of(seen.data(), settings_.patch), image_of(answers.data<float>(), settings_.patch),
            image_of(whole, settings_.patch)};
  }

 private:
  const Settings& settings_;
  const models::PerceiverIo& model_;
};

}  // namespace

int reconstruct(const Settings& settings, const std::string& config) {
  examples::start(settings.training.threads, settings.training.seed);
  train::catch_stop_signals();
  if (const Index patches = image_size / (settings.patch * settings.patch); settings.visible > patches)
    fail("--visible {}: there are only {} patches", settings.visible, patches);
  const Data data = load_data(settings);
  const auto limited = [&](Index images) { return train::limited(images, settings.training); };
  nn::Init init{.generator = train::weights_generator(settings.training.seed)};
  const models::PerceiverIo model(config_of(settings), init);
  const Reconstruction reconstruction(settings, model);
  fmt::print("Perceiver IO: {} parameters; {} of {} patches are seen\n", model.parameter_count(), settings.visible,
             model.queries.size(0));

  train::Task task{.samples = data.train_size,
                   .predictions = image_size,
                   .unit = "pixels",
                   .least_loss_is_best = true,
                   .metadata = models::to_metadata(model.config),
                   .config = config};
  task.batch = [&](const std::vector<Index>& samples, const Generator& epoch) -> train::Batch {
    const Puzzle puzzle = reconstruction.puzzle(data.train, samples, epoch);
    return {puzzle.seen, puzzle.whole};
  };
  task.forward = [&](const train::Batch& batch) -> train::BatchResult {
    const Tensor answers = model(batch.input);
    return {nn::mean_squared_error(answers, batch.target), right_pixels(answers.detach(), batch.target)};
  };
  if (settings.validation > 0)
    task.validate = [&] {
      return reconstruction.evaluate(data.train, data.train_size, data.train_size + limited(settings.validation));
    };

  examples::Run run{.model = "Perceiver IO",
                    .flops = model.flops(),
                    .page = {{"title", "Perceiver IO completes " + data_name(settings)}, {"unit", "image"}}};
  run.show = [&](examples::Json& page) {
    examples::Json completions = examples::Json::array();
    for (Index sample = 0; sample < std::min<Index>(8, data.test.size()); ++sample) {
      examples::Json pictures = examples::Json::array();
      for (const Bytes& image : reconstruction.complete(data.test, sample))
        pictures.push_back(examples::picture_of({"image", tensor({image.begin(), image.end()}, {side, side})}));
      completions.push_back(pictures);
    }
    page["completions"] = completions;
  };
  train::Score test;
  run.test = [&](examples::Json& result) {
    test = reconstruction.evaluate(data.test, 0, limited(data.test.size()));
    result.update({{"test_loss", test.loss}, {"test_accuracy", test.accuracy()}});
  };
  if (!examples::train_and_test(settings.training, model, task, run)) return examples::exit_stopped;

  for (Index sample = 0; sample < std::min<Index>(3, data.test.size()); ++sample) {
    const std::vector<Bytes> images = reconstruction.complete(data.test, sample);
    fmt::print("\n{}", draw({images.begin(), images.end()}));
  }
  fmt::print("test error: {:.4f}, {:.2f} % of the pixels on the right side of half ink\n", test.loss,
             100 * test.accuracy());
  return 0;
}

}  // namespace latent::mnist
