#include <numbers>

#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;

TEST_CASE("Fourier features: a golden table") {
  // Two axes and three bands with frequencies 1, 2.5, 4: positions, then sines, then cosines, axes outer, bands inner.
  const FourierFeatures features{.bands = 3, .nyquist_frequency = 4};
  CHECK(features.size(2) == 14);
  const double x = 0.3, y = -0.7, pi = std::numbers::pi;
  const std::vector<double> expected = {x,
                                        y,
                                        std::sin(pi * x),
                                        std::sin(2.5 * pi * x),
                                        std::sin(4 * pi * x),
                                        std::sin(pi * y),
                                        std::sin(2.5 * pi * y),
                                        std::sin(4 * pi * y),
                                        std::cos(pi * x),
                                        std::cos(2.5 * pi * x),
                                        std::cos(4 * pi * x),
                                        std::cos(pi * y),
                                        std::cos(2.5 * pi * y),
                                        std::cos(4 * pi * y)};
  const Tensor found = features(tensor({x, y}, {1, 2}, DType::f64));
  CHECK(found.shape() == Shape{1, 14});
  CHECK(difference(found, tensor(expected, {1, 14}, DType::f64)) < 1e-14);
}

TEST_CASE("Fourier features: the sizes of the paper") {
  CHECK(3 + FourierFeatures{.bands = 64, .nyquist_frequency = 112}.size(2) == 261);  // ImageNet
  CHECK(FourierFeatures{.bands = 64, .nyquist_frequency = 1120}.size(3) == 387);     // ModelNet40
}

TEST_CASE("Fourier features: without bands they are the positions") {
  const Tensor positions = random_tensor({2, 3, 2}, 1);
  CHECK(FourierFeatures{}(positions).values() == positions.values());
}

TEST_CASE("a grid runs from -1 to 1 along each axis, the last axis fastest") {
  const Tensor positions = grid_positions({2, 3}, DType::f64);
  CHECK(positions.shape() == Shape{6, 2});
  CHECK(positions.values() == std::vector<double>{-1, -1, -1, 0, -1, 1, 1, -1, 1, 0, 1, 1});
  CHECK(grid_positions({28, 28}).shape() == Shape{784, 2});
  CHECK(grid_positions({5}, DType::f64).values() == std::vector<double>{-1, -0.5, 0, 0.5, 1});
}
