// A digit from a picture file, in the form of MNIST.
#pragma once
#include <array>
#include <filesystem>

#include "examples/mnist/dataset.h"

namespace latent::mnist {

using Digit = std::array<std::uint8_t, image_size>;  // 0 background, 255 ink

// A PNG of any colour type and depth, up to 4096 x 4096, made grey and inverted if its background is light.  Behind what is
// transparent lies white paper, or black where all that is drawn is light.  One of 28 x 28 is taken so; of others the ink is made to fill 20 x 20 pixels and put with its centre of mass into the middle, as the digits of
// MNIST were (Y. LeCun and others 1998).  Error naming file and byte if it is truncated, corrupt or no PNG, and
// Error if nothing is drawn on it: a model would name a class all the same.
Digit read_png(const std::filesystem::path& file);

}  // namespace latent::mnist
