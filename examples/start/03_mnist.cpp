// A Perceiver learns to read digits, is saved, and reads one.
//
//   scripts/run.sh 03_mnist              digits of seven segments, which the program draws
//   scripts/run.sh 03_mnist data/mnist   MNIST: first scripts/download.sh mnist
//
// On 2 cores it ends after 14 seconds with
//
//   test accuracy: 96.55 %
//   (a digit, drawn in characters)
//   is read as 9, with probability 0.787784
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "engine/engine.h"
#include "models/perceiver.h"
#include "nn/nn.h"
#include "train/shards.h"

using namespace latent;

struct Digits {
  Tensor images;  // f32 (count, 784), pixels from 0 to 1
  Tensor labels;  // i64 (count)

  Index count() const { return labels.size(); }
  Digits at(const Tensor& indices) const {
    return {index_select(images, 0, indices), index_select(labels, 0, indices)};
  }
  Digits range(Index begin, Index end) const { return {slice(images, 0, begin, end), slice(labels, 0, begin, end)}; }
};

// The bytes of an IDX file, plain or gzip, after its header: 0, 0, 8 (bytes), number of axes, 4 bytes for each size.
std::vector<unsigned char> read_idx(const std::string& file, std::size_t axes) {
  gzFile stream = gzopen(file.c_str(), "rb");
  if (!stream) stream = gzopen((file + ".gz").c_str(), "rb");
  if (!stream) fail("{0}: there is no such file, nor {0}.gz; scripts/download.sh mnist fetches it", file);
  std::vector<unsigned char> bytes, some(1 << 16);
  int count;
  while ((count = gzread(stream, some.data(), unsigned(some.size()))) > 0)
    bytes.insert(bytes.end(), some.begin(), some.begin() + count);
  gzclose(stream);
  const std::size_t header = 4 + 4 * axes;
  if (count < 0 || bytes.size() <= header || bytes[2] != 8 || bytes[3] != axes)
    fail("{}: not a complete IDX file of bytes with {} axes; it has {} bytes", file, axes, bytes.size());
  return {bytes.begin() + std::ptrdiff_t(header), bytes.end()};
}

Digits read_digits(const std::string& begin) {
  const auto pixels = read_idx(begin + "-images-idx3-ubyte", 3), labels = read_idx(begin + "-labels-idx1-ubyte", 1);
  const Index count = std::ssize(labels);
  if (std::ssize(pixels) != count * 784)
    fail("{}: {} pixels for {} labels; each image needs 784", begin, pixels.size(), count);
  return {tensor({pixels.begin(), pixels.end()}, {count, 784}) / 255,
          tensor({labels.begin(), labels.end()}, {count}, DType::i64)};
}

// Digits of seven segments, of random size, slant, place and thickness of the strokes.
Digits draw_digits(Index count, Generator generator) {
  struct Segment {
    double x0, y0, x1, y1;
  };
  constexpr Segment segments[] = {{0, 0, 1, 0}, {1, 0, 1, 1}, {1, 1, 1, 2}, {0, 2, 1, 2},
                                  {0, 1, 0, 2}, {0, 0, 0, 1}, {0, 1, 1, 1}};
  constexpr int lit[] = {0b0111111, 0b0000110, 0b1011011, 0b1001111, 0b1100110,
                         0b1101101, 0b1111101, 0b0000111, 0b1111111, 0b1101111};
  const Digits digits{zeros({count, 784}), randint(0, 10, {count}, generator)};
  float* pixel = digits.images.mutable_data<float>();
  for (Index i = 0; i < count; ++i) {
    const double width = generator.uniform(6, 12), height = generator.uniform(7, 10), slant = generator.uniform(-3, 3);
    const double left = generator.uniform(4, 24 - width), top = generator.uniform(3, 25 - 2 * height);
    const double radius = generator.uniform(0.5, 2), noise = generator.uniform(0, 0.2);
    for (int y = 0; y < 28; ++y)
      for (int x = 0; x < 28; ++x, ++pixel) {
        double distance = 28;
        for (int s = 0; s < 7; ++s)
          if (lit[digits.labels.data<Index>()[i]] >> s & 1) {
            const Segment& g = segments[s];
            const double x0 = left + width * g.x0 - slant * (g.y0 - 1), y0 = top + height * g.y0;
            const double dx = width * (g.x1 - g.x0) - slant * (g.y1 - g.y0), dy = height * (g.y1 - g.y0);
            const double t = std::clamp(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
            distance = std::min(distance, std::hypot(x - x0 - t * dx, y - y0 - t * dy));
          }
        *pixel = float(std::clamp(radius + 0.5 - distance + noise * generator.uniform(-1, 1), 0.0, 1.0));
      }
  }
  return digits;
}

// Squares of 4 x 4 pixels as tokens.                                     (B, 784) -> (B, 49, 16)
Tensor patches(const Tensor& images) {
  const Index count = images.size(0);
  return reshape(permute(reshape(images, {count, 7, 4, 7, 4}), {0, 1, 3, 2, 4}), {count, 49, 16});
}

// The share of digits that are read right.
double accuracy(const models::Perceiver& model, const Digits& digits) {
  const NoGrad off;
  Index correct = 0;
  for (Index begin = 0; begin < digits.count(); begin += 500) {
    const Digits batch = digits.range(begin, std::min(begin + 500, digits.count()));
    const Tensor logits = train::map_shards(batch.images, [&](const Tensor& shard) { return model(patches(shard)); });
    correct += nn::correct(logits, batch.labels);
  }
  return double(correct) / double(digits.count());
}

int main(int count, char** arguments) try {
  // Data: all pixels shifted and scaled to mean 0 and deviation 1; some digits are held out, to validate.
  const bool real = count > 1;
  const std::string folder = real ? arguments[1] : "";
  Digits all = real ? read_digits(folder + "/train") : draw_digits(11000, Generator(1));
  Digits test = real ? read_digits(folder + "/t10k") : draw_digits(2000, Generator(2));
  const double average = mean(all.images).item(), deviation = std::sqrt(var(all.images).item());
  for (Digits* digits : {&all, &test}) digits->images = (digits->images - average) / deviation;
  const Index held_out = all.count() / 11;
  const Digits validation = all.range(0, held_out), training = all.range(held_out, all.count());

  // Model
  models::PerceiverConfig config;
  config.input = {.grid = {7, 7}, .input_channels = 16, .bands = 4, .nyquist_frequency = 3.5};
  config.latents = 16, config.channels = 64, config.cross_heads = 4, config.blocks = 2, config.heads = 4;
  config.cross_sharing = config.tower_sharing = models::Sharing::none;
  config.zero_head = false, config.final_norm = true;
  nn::Init init{Generator(3)};
  const models::Perceiver model(config, init);
  std::cout << model.parameter_count() << " parameters, " << training.count() << " digits to train on\n";

  // Training
  const Index batch_size = 32, epochs = 4, batches = training.count() / batch_size;
  nn::Optimizer optimizer(nn::AdamW{.beta2 = 0.98}, nn::decay_groups(model, 0.05));
  const nn::Schedule schedule = nn::one_cycle({.peak = 3e-3, .steps = epochs * batches});
  Generator generator(4);
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    const std::vector<Index> order = permutation(training.count(), generator);
    double loss_sum = 0;
    for (Index i = 0; i < batches; ++i) {
      const auto first = order.begin() + i * batch_size;
      const Digits batch = training.at(tensor({first, first + batch_size}, {batch_size}, DType::i64));
      const Index step = epoch * batches + i;
      const nn::Training scope(Generator(5).fold_in(std::uint64_t(step)));  // dropout, if the model has any, is active
      const double loss = train::backward_in_shards(model, batch_size, 8, [&](Index begin, Index end) {
        const Digits shard = batch.range(begin, end);
        return cross_entropy(model(patches(shard.images)), shard.labels);
      });
      nn::clip_grad_norm(model.parameters(), 1);
      optimizer.step(schedule(step));
      loss_sum += loss;
    }
    std::cout << "epoch " << epoch + 1 << ": loss " << loss_sum / double(batches) << ", validation accuracy "
              << 100 * accuracy(model, validation) << " %\n";
  }
  std::cout << "test accuracy: " << 100 * accuracy(model, test) << " %\n";

  // Saves weights and config to a file, and reads a model from it
  std::filesystem::create_directories("runs");
  const std::filesystem::path path = "runs/03_mnist.safetensors";
  save_tensors(path, {nn::named_tensors(model), models::to_metadata(config)});
  const TensorFile file = load_tensors(path);
  const models::Perceiver loaded(models::from_metadata<models::PerceiverConfig>(file.metadata), init);
  nn::load_parameters(loaded, file.tensors);

  // A prediction
  const Tensor image = slice(test.images, 0, 0, 1), pixels = clamp(image * deviation + average, 0, 1);
  for (Index y = 0; y < 28; y += 2) {  // characters are twice as high as wide
    for (Index x = 0; x < 28; ++x) std::cout << " .:-=+*#%@"[Index(9 * pixels.at({0, 28 * y + x}))];
    std::cout << "\n";
  }
  const NoGrad off;
  const Tensor probabilities = softmax(loaded(patches(image)));
  std::cout << "is read as " << argmax(probabilities).item() << ", with probability " << max(probabilities).item()
            << "\n";
} catch (const Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
