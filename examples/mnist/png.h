// A digit from a picture file, in the form of MNIST.
#pragma once
#include <array>
#include <filesystem>

#include "examples/mnist/dataset.h"

namespace latent::mnist {

using Digit = std::array<std::uint8_t, image_size>;  // 0 background, 255 ink

// Reads a PNG of any colour type and depth, up to 4096 x 4096, as grey values, and inverts it if its background is
// light.  Transparent parts become white paper, or black if everything drawn is light.  A picture of 28 x 28 is used as
// it is; in others the ink is scaled to fill 20 x 20 pixels, and its centre of mass is put into the middle, as in MNIST
// (LeCun et al. 1998).  Error naming file and byte if it is truncated, corrupt or no PNG, and Error if nothing is drawn
// on it: a model would name a class all the same.
Digit read_png(const std::filesystem::path& file);

}  // namespace latent::mnist
