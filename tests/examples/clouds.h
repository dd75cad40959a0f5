// What the tests of meshes and of clouds share.
#pragma once
#include <cmath>
#include <string>

#include "examples/modelnet/mesh.h"

namespace latent::test {

// A square of 4 corners, of two triangles, as an OFF file.
inline const std::string square = "OFF\n4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n3 0 2 3\n";

inline double radius(const modelnet::Point& point) {
  return std::hypot(double(point[0]), double(point[1]), double(point[2]));
}

}  // namespace latent::test
