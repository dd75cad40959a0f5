// Random changes to a training image that leave its label true.
#pragma once
#include <array>

#include "engine/random.h"
#include "examples/mnist/dataset.h"

namespace latent::mnist {

// The largest change of each kind, and the deviation of one that has no largest; all zero leaves an image as it is.
struct Augmentation {
  double rotation = 0;  // degrees
  double scale = 0;     // of each side, as a fraction of it
  double shear = 0;     // sideways, per unit of height
  double shift = 0;     // pixels along each axis
  double elastic = 0;   // deviation of how far its parts move on their own, pixels along each axis
};

using Pixels = std::array<float, image_size>;  // 0 background, 255 ink

Pixels augment(Image image, const Augmentation& largest, Generator generator);

}  // namespace latent::mnist
