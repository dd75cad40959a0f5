// Turns images into tokens: one per pixel, or per square patch of pixels.
#pragma once
#include "examples/mnist/augment.h"
#include "train/loader.h"

namespace latent::mnist {

inline constexpr float mean = 0.1307f * 255, deviation = 0.3081f * 255;  // of the pixels of MNIST's training images

// input: (B, (28 / patch)^2, patch^2), normalised; target: the labels, i64 (B)
train::Batch make_batch(const Dataset& dataset, const std::vector<Index>& samples, Index patch);

// The same with every image changed at random.  A sample's change depends on `of_epoch` and the sample alone.
train::Batch make_batch(const Dataset& dataset, const std::vector<Index>& samples, Index patch,
                        const Augmentation& largest, const Generator& of_epoch);

// The image, row-major, whose tokens these are: the inverse of make_batch().
std::array<std::uint8_t, image_size> image_of(const float* tokens, Index patch);

}  // namespace latent::mnist
