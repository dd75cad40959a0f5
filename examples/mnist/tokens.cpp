#include "examples/mnist/tokens.h"

#include <algorithm>
#include <cmath>

namespace latent::mnist {
namespace {

void write_tokens(const Pixels& pixels, Index patch, float* tokens) {
  for (Index top = 0; top < side; top += patch)
    for (Index left = 0; left < side; left += patch)
      for (Index y = top; y < top + patch; ++y)
        for (Index x = left; x < left + patch; ++x) *tokens++ = (pixels[y * side + x] - mean) / deviation;
}

template <class PixelsOf>
train::Batch gather(const Dataset& dataset, const std::vector<Index>& samples, Index patch, PixelsOf&& pixels_of) {
  const auto count = static_cast<Index>(samples.size());
  train::Batch batch{Tensor::empty({count, image_size / (patch * patch), patch * patch}),
                     Tensor::empty({count}, DType::i64)};
  float* tokens = batch.input.mutable_data<float>();
  Index* labels = batch.target.mutable_data<Index>();
  for (Index i = 0; i < count; ++i) {
    write_tokens(pixels_of(samples[i]), patch, tokens + i * image_size);
    labels[i] = dataset.labels[samples[i]];
  }
  return batch;
}

}  // namespace

std::array<std::uint8_t, image_size> image_of(const float* tokens, Index patch) {
  std::array<std::uint8_t, image_size> pixels;
  for (Index top = 0; top < side; top += patch)
    for (Index left = 0; left < side; left += patch)
      for (Index y = top; y < top + patch; ++y)
        for (Index x = left; x < left + patch; ++x)
          pixels[y * side + x] =
              static_cast<std::uint8_t>(std::lround(std::clamp(*tokens++ * deviation + mean, 0.0f, 255.0f)));
  return pixels;
}

train::Batch make_batch(const Dataset& dataset, const std::vector<Index>& samples, Index patch) {
  return gather(dataset, samples, patch, [&](Index sample) {
    Pixels pixels;
    std::ranges::copy(dataset.image(sample), pixels.begin());
    return pixels;
  });
}

train::Batch make_batch(const Dataset& dataset, const std::vector<Index>& samples, Index patch,
                        const Augmentation& largest, const Generator& of_epoch) {
  return gather(dataset, samples, patch,
                [&](Index sample) { return augment(dataset.image(sample), largest, of_epoch.fold_in(sample)); });
}

}  // namespace latent::mnist
