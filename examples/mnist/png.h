// A digit from a picture file, in the form of MNIST.
#pragma once
#include <array>
#include <filesystem>

#include "examples/mnist/dataset.h"

namespace latent::mnist {

using Digit = std::array<std::uint8_t, image_size>;  // 0 background, 255 ink

// A PNG of any colour type, up to 4096 x 4096: made grey, inverted if its background is light, put in the middle of a
// square and averaged down to 28 x 28.  Error naming file and byte if it is truncated, corrupt or no PNG.
Digit read_png(const std::filesystem::path& file);

}  // namespace latent::mnist
