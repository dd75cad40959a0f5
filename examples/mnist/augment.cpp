#include "examples/mnist/augment.h"

#include <cmath>
#include <numbers>

namespace latent::mnist {
namespace {

float pixel_at(Image image, Index x, Index y) {
  return x < 0 || y < 0 || x >= side || y >= side ? 0.0f : image[y * side + x];
}

float bilinear(Image image, double x, double y) {
  const auto left = static_cast<Index>(std::floor(x)), top = static_cast<Index>(std::floor(y));
  const auto right_part = static_cast<float>(x - left), low_part = static_cast<float>(y - top);
  const auto row = [&](Index at) {
    return (1 - right_part) * pixel_at(image, left, at) + right_part * pixel_at(image, left + 1, at);
  };
  return (1 - low_part) * row(top) + low_part * row(top + 1);
}

}  // namespace

// Each pixel of the result is looked up where a random affine map about the centre puts it.
Pixels augment(Image image, const Augmentation& largest, Generator generator) {
  const auto random = [&](double bound) { return generator.uniform(-bound, bound); };
  const double angle = random(largest.rotation) * std::numbers::pi / 180;
  const double scale_x = 1 + random(largest.scale), scale_y = 1 + random(largest.scale), shear = random(largest.shear);
  const double shift_x = random(largest.shift), shift_y = random(largest.shift);
  const double cosine = std::cos(angle), sine = std::sin(angle), centre = (side - 1) / 2.0;

  Pixels result;
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x) {
      const double v = scale_y * (y - centre), u = scale_x * (x - centre) + shear * v;
      result[y * side + x] =
          bilinear(image, centre + shift_x + cosine * u - sine * v, centre + shift_y + sine * u + cosine * v);
    }
  return result;
}

}  // namespace latent::mnist
