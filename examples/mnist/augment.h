// Random changes to a training image that leave its label true.
#pragma once
#include <array>

#include "examples/app/augment.h"
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

// Where each pixel of the result is looked up: an affine map about the centre, and from there a way of the pixel's own.
// Changes add to it, so that the image itself is read once.
struct Warp {
  double angle = 0;  // radians
  double scale_x = 1, scale_y = 1, shear = 0, shift_x = 0, shift_y = 0;
  Pixels sideways{}, down{};
};

using Change = examples::Change<Warp>;

Change rotate(double degrees);   // by up to so much either way
Change stretch(double largest);  // each side by 1 - largest to 1 + largest
Change slant(double largest);    // sideways by up to this fraction of the height
Change shift(double pixels);     // by up to so much along each axis
Change bend(double deviation);   // smoothly: normal at knots 7 pixels apart, along each axis

Pixels warped(Image image, const Warp& warp);

// All of the above, one after the other.
Pixels augment(Image image, const Augmentation& largest, Generator generator);

}  // namespace latent::mnist
