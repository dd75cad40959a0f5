#include "examples/mnist/augment.h"

#include <cmath>
#include <numbers>

namespace latent::mnist {
namespace {

float pixel_at(Image image, Index x, Index y) {
  return x < 0 || y < 0 || x >= side || y >= side ? 0.0f : image[y * side + x];
}

// Interpolates between the values at(column, row) of a grid.
template <class At> float bilinear(At at, double x, double y) {
  const auto left = static_cast<Index>(std::floor(x)), top = static_cast<Index>(std::floor(y));
  const auto right_part = static_cast<float>(x - left), low_part = static_cast<float>(y - top);
  const auto row = [&](Index y) { return (1 - right_part) * at(left, y) + right_part * at(left + 1, y); };
  return (1 - low_part) * row(top) + low_part * row(top + 1);
}

// A smooth random field over the image: normal at knots that are `apart` pixels apart, bilinear between them.
class Field {
 public:
  Field(double deviation, Generator& generator) {
    for (float& knot : knots_) knot = float(deviation * generator.normal());
  }
  float operator()(Index x, Index y) const {
    return bilinear([&](Index i, Index j) { return knots_[j * count + i]; }, double(x) / apart, double(y) / apart);
  }

 private:
  static constexpr Index apart = 7, count = side / apart + 1;
  std::array<float, count * count> knots_;
};

double random(Generator& generator, double bound) { return generator.uniform(-bound, bound); }

}  // namespace

Change rotate(double degrees) {
  return [=](Warp& warp, Generator& generator) { warp.angle += random(generator, degrees) * std::numbers::pi / 180; };
}

Change stretch(double largest) {
  return [=](Warp& warp, Generator& generator) {
    warp.scale_x *= 1 + random(generator, largest);
    warp.scale_y *= 1 + random(generator, largest);
  };
}

Change slant(double largest) {
  return [=](Warp& warp, Generator& generator) { warp.shear += random(generator, largest); };
}

Change shift(double pixels) {
  return [=](Warp& warp, Generator& generator) {
    warp.shift_x += random(generator, pixels);
    warp.shift_y += random(generator, pixels);
  };
}

Change bend(double deviation) {
  return [=](Warp& warp, Generator& generator) {
    if (deviation == 0) return;
    const Field sideways(deviation, generator), down(deviation, generator);
    for (Index y = 0; y < side; ++y)
      for (Index x = 0; x < side; ++x) {
        warp.sideways[y * side + x] += sideways(x, y);
        warp.down[y * side + x] += down(x, y);
      }
  };
}

Pixels warped(Image image, const Warp& warp) {
  const double cosine = std::cos(warp.angle), sine = std::sin(warp.angle), centre = (side - 1) / 2.0;
  Pixels result;
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x) {
      const Index at = y * side + x;
      const double v = warp.scale_y * (y - centre), u = warp.scale_x * (x - centre) + warp.shear * v;
      result[at] = bilinear([&](Index i, Index j) { return pixel_at(image, i, j); },
                            centre + warp.shift_x + cosine * u - sine * v + warp.sideways[at],
                            centre + warp.shift_y + sine * u + cosine * v + warp.down[at]);
    }
  return result;
}

Pixels augment(Image image, const Augmentation& largest, Generator generator) {
  Warp warp;
  for (const Change& change : {rotate(largest.rotation), stretch(largest.scale), slant(largest.shear),
                               shift(largest.shift), bend(largest.elastic)})
    change(warp, generator);
  return warped(image, warp);
}

}  // namespace latent::mnist
