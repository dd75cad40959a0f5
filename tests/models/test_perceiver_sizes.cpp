// The paper's numbers of parameters and of operations, by models of shapes only.
#include <cmath>

#include "models/perceiver.h"
#include "tests/catch.h"

using namespace latent;
using namespace latent::models;

namespace {

PerceiverConfig imagenet() {
  return {.input = {.grid = {224, 224}, .input_channels = 3, .bands = 64, .nyquist_frequency = 112},
          .latents = 512,
          .channels = 1024,
          .cross_attends = 8,
          .blocks = 6,
          .cross_heads = 1,
          .heads = 8,
          .classes = 1000};
}

Perceiver shapes_of(const PerceiverConfig& config) {
  nn::Init init{.shapes_only = true};
  return Perceiver(config, init);
}

double billions(Index flops) { return std::round(double(flops) / 1e8) / 10; }

}  // namespace

TEST_CASE("the paper's ImageNet models have exactly its numbers of parameters and of operations") {
  const Index before = memory().current;
  reset_peak_memory();

  PerceiverConfig config = imagenet();
  CHECK(config.input.channels() == 261);
  CHECK(shapes_of(config).parameter_count() == 44'912'254);
  CHECK(billions(shapes_of(config).flops()) == 706.3);

  config.cross_sharing = config.tower_sharing = Sharing::none;
  CHECK(shapes_of(config).parameter_count() == 326'241'856);
  CHECK(billions(shapes_of(config).flops()) == 706.3);

  config.tower_sharing = Sharing::all;
  config.cross_attends = 1;
  config.towers = 8;
  CHECK(shapes_of(config).parameter_count() == 42'135'859);
  CHECK(billions(shapes_of(config).flops()) == 404.0);

  CHECK(memory().peak - before < 1 << 20);
}

TEST_CASE("the paper's models without latent blocks: 12.7, 23.8 and 34.9 million") {
  PerceiverConfig config = imagenet();
  config.blocks = 0;
  config.cross_sharing = Sharing::none;
  const auto [cross_attends, parameters, flops] =
      GENERATE(table<Index, Index, double>({{4, 12'654'868, 172.8}, {8, 23'760'448, 345.5}, {12, 34'866'028, 518.3}}));
  config.cross_attends = cross_attends;
  CHECK(shapes_of(config).parameter_count() == parameters);
  CHECK(billions(shapes_of(config).flops()) == flops);
}
