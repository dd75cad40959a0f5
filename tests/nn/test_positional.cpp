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

TEST_CASE("rotary positions: scores depend on the difference of positions only, and norms are kept") {
  const RotaryLayout layout = GENERATE(RotaryLayout::interleaved, RotaryLayout::halves);
  const Rotary rotary{layout};
  const Tensor q = random_tensor({1, 8}, 1), k = random_tensor({1, 8}, 2);
  const auto score = [&](Index of_q, Index of_k) { return sum(rotary(q, of_q) * rotary(k, of_k)).item(); };
  for (const Index shift : {1, 5, 1000}) CHECK(std::abs(score(7 + shift, 3 + shift) - score(7, 3)) < 1e-12);
  CHECK(std::abs(score(7, 3) - score(7, 4)) > 1e-3);
  CHECK(std::abs(sum(rotary(q, 11) * rotary(q, 11)).item() - sum(q * q).item()) < 1e-12);
  CHECK(difference(rotary(q, 0), q) == 0);
}

TEST_CASE("rotary positions: a tensor from position 3 on is the end of one from 0 on") {
  const Rotary rotary{GENERATE(RotaryLayout::interleaved, RotaryLayout::halves), 100};
  const Tensor x = random_tensor({2, 3, 8, 6}, 1);
  CHECK(difference(rotary(slice(x, 2, 3, 8), 3), slice(rotary(x), 2, 3, 8)) == 0);
  CHECK(rotary(zeros({2, 0, 6}, DType::f64)).shape() == Shape{2, 0, 6});
}

TEST_CASE("rotary positions: the layouts are one another with their channels sorted") {
  const Tensor order = tensor({0, 2, 4, 1, 3, 5}, DType::i64), x = random_tensor({4, 6}, 1);
  const Tensor interleaved = Rotary{}(x);
  CHECK(difference(index_select(interleaved, 1, order), Rotary{RotaryLayout::halves}(index_select(x, 1, order))) == 0);
}

TEST_CASE("positions that cannot be are told") {
  Init init;
  const LearnedPositions learned(4, 6, init);
  CHECK(learned(1, 3).shape() == Shape{3, 6});
  CHECK(error_of([&] { learned(2, 3); }) == "LearnedPositions: 3 tokens after 2, and there are positions for 4");
  CHECK(error_of([] {
          Rotary{}(zeros({2, 3}));
        }) == "Rotary: 1 heads of x (2, 3), and (..., T, H D) with D even is needed");
  CHECK(error_of([] { sinusoidal_positions(3, 5); }) ==
        "sinusoidal_positions: 5 channels, and an even number is needed");
}
