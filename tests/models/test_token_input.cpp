#include "models/token_input.h"

#include <cmath>

#include "models/transformer.h"
#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

TEST_CASE("surroundings are the mean and the covariances of the points, weighed by a Gaussian of the distance") {
  const Index points = 7, axes = 3;
  const double deviation = 0.4;
  const Tensor x = random_tensor({2, points, axes}, 1), found = local_moments(x, deviation);
  REQUIRE(found.shape() == Shape{2, points, 9});
  const double* const at = x.data<double>() + points * axes;  // of the second cloud
  for (Index i = 0; i < points; ++i) {
    double total = 0, mean[3] = {}, products[3][3] = {};
    for (Index j = 0; j < points; ++j) {
      double distance = 0, offset[3];
      for (Index a = 0; a < axes; ++a) {
        offset[a] = (at[j * axes + a] - at[i * axes + a]) / deviation;
        distance += offset[a] * offset[a];
      }
      const double weight = std::exp(-distance / 2);
      total += weight;
      for (Index a = 0; a < axes; ++a) {
        mean[a] += weight * offset[a];
        for (Index b = 0; b < axes; ++b) products[a][b] += weight * offset[a] * offset[b];
      }
    }
    const double* value = found.data<double>() + (points + i) * 9;
    for (double& each : mean) {
      each /= total;
      CHECK(std::abs(*value++ - each) < 1e-12);
    }
    for (Index a = 0; a < axes; ++a)
      for (Index b = a; b < axes; ++b) CHECK(std::abs(*value++ - (products[a][b] / total - mean[a] * mean[b])) < 1e-12);
  }
}

TEST_CASE("surroundings do not change with the place of the cloud or the order of its points, and have gradients") {
  const Tensor x = random_tensor({1, 6, 2}, 2), order = tensor({4, 0, 5, 2, 1, 3}, DType::i64);
  CHECK(difference(local_moments(x + 3.0, 0.5), local_moments(x, 0.5)) < 1e-12);
  CHECK(difference(local_moments(index_select(x, 1, order), 0.5), index_select(local_moments(x, 0.5), 1, order)) <
        1e-12);
  CHECK(local_moments(zeros({2, 0, 3}, DType::f64), 0.5).shape() == Shape{2, 0, 9});
  for (const double place : {0.0, 10.0, 1000.0}) {  // in f32, whose own digits of the places are all that is lost
    const Tensor far = cast(random_tensor({1, 50, 3}, 3) + place, DType::f32), exact = cast(far, DType::f64);
    INFO("at " << place);
    CHECK(difference(cast(local_moments(far, 0.5), DType::f64), local_moments(exact, 0.5)) < 1e-4);
  }
  Tensor points = x.detach();
  points.require_grad();
  check_gradients(
      {{"points", points}}, [&] { return local_moments(points, 0.5); }, 12);
}

TEST_CASE("a neighbourhood adds two surroundings to a token that brings its position along") {
  nn::Init init{.dtype = DType::f64};
  InputConfig config{.grid = {5}, .input_channels = 1, .own_axes = 3, .bands = 0, .neighbourhood = 0.2};
  const TokenInput tokens(config, init);
  const Tensor input = random_tensor({2, 5, 4}, 3), seen = tokens(input);
  REQUIRE(seen.shape() == Shape{2, 5, config.channels()});
  CHECK(config.channels() == 1 + 3 + 2 * 9);
  const Tensor own = slice(input, 2, 1, 4);
  CHECK(difference(slice(seen, 2, 0, 4), input) == 0);
  CHECK(difference(slice(seen, 2, 4, 13), local_moments(own, 0.2)) == 0);
  CHECK(difference(slice(seen, 2, 13, 22), local_moments(own, 0.4)) == 0);
  CHECK(tokens.flops() == 2 * (2 * 5 * 5 * 4 + 2 * 5 * 5 * 9));

  config.own_axes = 0;
  CHECK(error_of([&] { check(config, "Perceiver"); }) ==
        "Perceiver: neighbourhood is 0.2, and only tokens with own_axes can have one");
  config.neighbourhood = -1;
  CHECK(error_of([&] { check(config, "Perceiver"); }).starts_with("Perceiver: neighbourhood is -1"));
}

TEST_CASE("A table of position features is as large as the largest of the papers, and not as a file may say") {
  check(InputConfig{.grid = {368, 496}, .bands = 64}, "Perceiver");                 // optical flow
  check(InputConfig{.grid = {480'000}, .own_axes = 3, .bands = 200}, "Perceiver");  // each input brings its own
  CHECK(error_of([] { check(InputConfig{.grid = {480'000}, .bands = 200}, "Perceiver"); }) ==
        "Perceiver: the number of position features of all places is 192480000, and 0 to 67108864 is possible");
}
