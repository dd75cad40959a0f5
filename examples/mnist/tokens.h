// From images to what the model reads: one token per pixel, or per patch of neighbouring pixels.
#pragma once
#include "examples/mnist/augment.h"
#include "train/loader.h"

namespace latent::mnist {

inline constexpr float mean = 0.1307f * 255, deviation = 0.3081f * 255;  // of the pixels of MNIST's training images

// input: (B, (28 / patch)^2, patch^2), normalised; target: the labels, (B), i64
train::Batch make_batch(const Dataset& dataset, const std::vector<Index>& samples, Index patch);

// The same with every image changed at random.  A sample's change depends on `of_epoch` and the sample alone.
train::Batch make_batch(const Dataset& dataset, const std::vector<Index>& samples, Index patch,
                        const Augmentation& largest, const Generator& of_epoch);

// The image whose tokens these are, row-major: what make_batch() did, undone.
std::array<std::uint8_t, image_size> image_of(const float* tokens, Index patch);

}  // namespace latent::mnist
