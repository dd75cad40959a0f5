#include <cmath>

#include "examples/modelnet/mesh.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {

void read(std::string_view input) {
  const modelnet::Mesh mesh = modelnet::read_off(file_of(input));
  Generator generator(1);
  modelnet::Cloud cloud = modelnet::sample_surface(mesh, 32, generator);
  modelnet::normalize(cloud);
  for (const auto& [x, y, z] : cloud) expect(std::hypot(x, y, z) <= 1.0001f, "points lie within a radius of 1");
}

std::vector<std::string> seeds() {
  return {"OFF\n4 2 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 1 2 3\n",
          "OFF4 1 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n",
          "COFF\n# comment\n\n3 1 0\n-1e-3 +2.5E2 0 255 0 0 255\r\n1 0 0\n0 1 0\n3 0 1 2 0.5 0.5 0.5\n",
          "NOFF\n3 1 0\n1 0 0 0 0 1\n0 1 0 0 0 1\n0 0 0 0 0 1\n3 0 1 2\n"};
}

}  // namespace latent::fuzz
