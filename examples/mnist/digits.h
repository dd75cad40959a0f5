// Digits that the program draws itself, so that it trains without a download: strokes of random shape, thickness,
// slant, size and place, with noise.
#pragma once
#include "engine/random.h"
#include "examples/mnist/dataset.h"

namespace latent::mnist {

// 20,000 images to train on, or 2,000 to test on, from different fixed seeds.
Dataset draw_digits(Split split);
Dataset draw_digits(Index count, const Generator& generator);  // image i shows the digit i % 10

}  // namespace latent::mnist
