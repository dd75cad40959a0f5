#include "examples/modelnet/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace latent::modelnet {

Change scale_axes(double largest) {
  return [most = std::log1p(largest)](Cloud& cloud, Generator& generator) {
    Point factors;
    for (float& factor : factors) factor = float(std::exp(generator.uniform(-most, most)));
    for (Point& point : cloud)
      for (std::size_t axis = 0; axis < 3; ++axis) point[axis] *= factors[axis];
  };
}

Change shift(double largest) {
  return [=](Cloud& cloud, Generator& generator) {
    Point way;
    for (float& value : way) value = float(generator.uniform(-largest, largest));
    for (Point& point : cloud)
      for (std::size_t axis = 0; axis < 3; ++axis) point[axis] += way[axis];
  };
}

Change mirror() {
  return [](Cloud& cloud, Generator& generator) {
    for (const std::size_t axis : {0, 1})
      if (generator.uniform() < 0.5)
        for (Point& point : cloud) point[axis] = -point[axis];
  };
}

Change scale_points(double largest) {
  return [=](Cloud& cloud, Generator& generator) {
    for (Point& point : cloud) {
      const auto factor = float(generator.uniform(1 - largest, 1 + largest));
      for (float& value : point) value *= factor;
    }
  };
}

Change jitter(double deviation) {
  return [=](Cloud& cloud, Generator& generator) {
    for (Point& point : cloud)
      for (float& value : point) value += float(deviation * generator.normal());
  };
}

Change turn(double degrees) {
  return [=](Cloud& cloud, Generator& generator) {
    const double angle = generator.uniform(-degrees, degrees) * std::numbers::pi / 180;
    const auto cosine = float(std::cos(angle)), sine = float(std::sin(angle));
    for (auto& [x, y, z] : cloud) {
      const float before = x;
      x = cosine * before - sine * y;
      y = sine * before + cosine * y;
    }
  };
}

Change choose(Index points) {
  return [=](Cloud& cloud, Generator& generator) {
    const auto size = Index(cloud.size());
    for (Index i = 0; i < std::min(points, size); ++i)
      std::swap(cloud[std::size_t(i)], cloud[std::size_t(i + generator.below(size - i))]);
    cloud.resize(std::size_t(std::min(points, size)));
  };
}

double mix(Cloud& cloud, const Cloud& other, Generator& generator) {
  const Index count = generator.below(Index(cloud.size()) + 1);
  std::copy_n(other.begin(), count, cloud.begin());
  return double(count) / double(cloud.size());
}

}  // namespace latent::modelnet
