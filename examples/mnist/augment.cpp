#include "examples/mnist/augment.h"

#include <cmath>
#include <numbers>

namespace latent::mnist {
namespace {

float pixel_at(Image image, Index x, Index y) {
  return x < 0 || y < 0 || x >= side || y >= side ? 0.0f : image[y * side + x];
}

// Between the values at(column, row) of a grid.
template <class At> float bilinear(At at, double x, double y) {
  const auto left = static_cast<Index>(std::floor(x)), top = static_cast<Index>(std::floor(y));
  const auto right_part = static_cast<float>(x - left), low_part = static_cast<float>(y - top);
  const auto row = [&](Index y) { return (1 - right_part) * at(left, y) + right_part * at(left + 1, y); };
  return (1 - low_part) * row(top) + low_part * row(top + 1);
}

// A smooth random field over the image: normal at knots that are some pixels apart.
class Field {
 public:
  Field(double deviation, Generator& generator) {
    for (float& knot : knots_) knot = deviation > 0 ? float(deviation * generator.normal()) : 0;
  }
  float operator()(Index x, Index y) const {
    return bilinear([&](Index i, Index j) { return knots_[j * count + i]; }, double(x) / apart, double(y) / apart);
  }

 private:
  static constexpr Index apart = 7, count = side / apart + 1;
  std::array<float, count * count> knots_;
};

}  // namespace

// Each pixel of the result is looked up where a random affine map about the centre puts it, and the fields move it.
Pixels augment(Image image, const Augmentation& largest, Generator generator) {
  const auto random = [&](double bound) { return generator.uniform(-bound, bound); };
  const double angle = random(largest.rotation) * std::numbers::pi / 180;
  const double scale_x = 1 + random(largest.scale), scale_y = 1 + random(largest.scale), shear = random(largest.shear);
  const double shift_x = random(largest.shift), shift_y = random(largest.shift);
  const double cosine = std::cos(angle), sine = std::sin(angle), centre = (side - 1) / 2.0;
  const Field sideways(largest.elastic, generator), down(largest.elastic, generator);

  Pixels result;
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x) {
      const double v = scale_y * (y - centre), u = scale_x * (x - centre) + shear * v;
      result[y * side + x] = bilinear([&](Index i, Index j) { return pixel_at(image, i, j); },
                                      centre + shift_x + cosine * u - sine * v + sideways(x, y),
                                      centre + shift_y + sine * u + cosine * v + down(x, y));
    }
  return result;
}

}  // namespace latent::mnist
