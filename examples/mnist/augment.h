// Data augmentation: random changes to a training image that keep its label.
#pragma once
#include <array>

#include "examples/app/augment.h"
#include "examples/mnist/dataset.h"
#include "models/fields.h"

namespace latent::mnist {

// How much an image may change; all zero leaves it as it is.
struct Augmentation {
  double rotation = 0, scale = 0, shear = 0, shift = 0, elastic = 0;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    using models::Field;
    visit("rotation", c.rotation, Field{"Largest random rotation, degrees", 0, 180});
    visit("scale", c.scale, Field{"Largest random change of width and height, 0.1 for 10 %", 0, 0.9});
    visit("shear", c.shear, Field{"Largest random slant: sideways, per unit of height", 0, 2});
    visit("shift", c.shift, Field{"Largest random shift, pixels", 0, 28});
    visit("elastic", c.elastic, Field{"Elastic distortion: standard deviation of the displacements, pixels", 0, 28});
  }
};

using Pixels = std::array<float, image_size>;  // 0 background, 255 ink

// The source position of each pixel of the result: an affine map about the centre, plus a displacement of the pixel's
// own.  Changes are collected here, so that the image is resampled only once.
struct Warp {
  double angle = 0;  // radians
  double scale_x = 1, scale_y = 1, shear = 0, shift_x = 0, shift_y = 0;
  Pixels sideways{}, down{};
};

using Change = examples::Change<Warp>;

Change rotate(double degrees);   // by at most `degrees` either way
Change stretch(double largest);  // multiplies width and height by 1 - largest to 1 + largest
Change slant(double largest);    // sideways by at most this fraction of the height
Change shift(double pixels);     // by at most `pixels` along each axis
Change bend(double deviation);   // elastic distortion: smooth, with normal displacements at knots 7 pixels apart

Pixels warped(Image image, const Warp& warp);

// All of the above, one after the other.
Pixels augment(Image image, const Augmentation& largest, Generator generator);

}  // namespace latent::mnist
