#include "models/perceiver_io.h"

#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

namespace {

Index parameters(const PerceiverIoConfig& config) {
  nn::Init init{.shapes_only = true};
  return PerceiverIo(config, init).parameter_count();
}

PerceiverIoConfig small() {
  return {.encoder = {.input = {.grid = {3, 4}, .input_channels = 2, .bands = 2, .nyquist_frequency = 2},
                      .latents = 5,
                      .channels = 8,
                      .cross_attends = 1,
                      .blocks = 1,
                      .heads = 2,
                      .zero_head = false,
                      .classes = 3}};
}

PerceiverIo random_model(const PerceiverIoConfig& config) {
  nn::Init init{.dtype = DType::f64};
  const PerceiverIo model(config, init);
  randomize(model);
  return model;
}

}  // namespace

TEST_CASE("Perceiver IO has exactly the published numbers of parameters") {
  // The paper's ImageNet model, configuration A: one cross-attend, 8 towers that share their 6 blocks.
  PerceiverIoConfig imagenet{
      .encoder = {.input = {.grid = {224, 224}, .input_channels = 3, .bands = 64, .nyquist_frequency = 112},
                  .latents = 512,
                  .channels = 1024,
                  .cross_attends = 1,
                  .towers = 8,
                  .blocks = 6,
                  .heads = 8,
                  .classes = 1000}};
  CHECK(parameters(imagenet) == 48'440'627);

  // krasserm/perceiver-io's model for MNIST: 2 cross-attends as wide as a token, and 3 towers, of which the later two
  // share their weights.
  PerceiverIoConfig mnist{.encoder = {.input = {.grid = {28, 28}, .bands = 32},
                                      .latents = 32,
                                      .channels = 128,
                                      .cross_attends = 2,
                                      .towers = 3,
                                      .blocks = 3,
                                      .cross_width = 131,
                                      .cross_sharing = Sharing::none,
                                      .tower_sharing = Sharing::after_first}};
  CHECK(mnist.encoder.input.channels() == 131);
  CHECK(parameters(mnist) == 907'212);
}

TEST_CASE("Perceiver IO answers for all of the input, or for every position of a grid") {
  const Tensor input = random_tensor({2, 12, 2}, 1);
  CHECK(random_model(small())(input).shape() == Shape{2, 3});
  PerceiverIoConfig dense = small();
  dense.output_grid = {2, 7};
  const PerceiverIo model = random_model(dense);
  CHECK(model(input).shape() == Shape{2, 14, 3});
  CHECK(model.queries.shape() == Shape{14, 2 * 5});
  CHECK_FALSE(model.queries.requires_grad());
}

TEST_CASE("Perceiver IO: every parameter has its gradient, with and without the residual of the queries") {
  PerceiverIoConfig config = small();
  config.query_residual = GENERATE(false, true);
  if (GENERATE(false, true)) config.output_grid = {3};
  const PerceiverIo model = random_model(config);
  const Tensor input = random_tensor({2, 12, 2}, 1);
  check_gradients(
      model.parameters(), [&] { return model(input); }, 3);
}

TEST_CASE("Perceiver IO does not see the order of its inputs") {
  PerceiverIoConfig config = small();
  config.encoder.input = {.grid = {6}, .input_channels = 0, .own_axes = 3, .bands = 2, .nyquist_frequency = 2};
  const PerceiverIo model = random_model(config);
  const Tensor input = random_tensor({2, 6, 3}, 1), order = tensor({3, 1, 5, 0, 2, 4}, DType::i64);
  CHECK(difference(model(input), model(index_select(input, 1, order))) < 1e-12);
}

TEST_CASE("a PerceiverIo's config comes back from its text, and one that cannot be is told") {
  PerceiverIoConfig config = small();
  CHECK(from_metadata<PerceiverIoConfig>(to_metadata(config)) == config);
  config.output_grid = {4, 5};
  config.query_residual = true;
  CHECK(from_metadata<PerceiverIoConfig>(to_metadata(config)) == config);
  CHECK(to_metadata(config).at("perceiver_io.output_grid") == "4x5");
  nn::Init init;
  config.decoder_heads = 0;
  CHECK(error_of([&] { PerceiverIo(config, init); }) ==
        "PerceiverIo: decoder_heads is 0, and 1 to 16777216 is possible");
  config = small();
  config.output_grid = {0};
  CHECK(error_of([&] { PerceiverIo(config, init); }) ==
        "PerceiverIo: the number of outputs is 0, and 1 to 16777216 is possible");
  config = small();
  config.output_grid = {1 << 24}, config.encoder.input.bands = 200;
  CHECK(error_of([&] {
          PerceiverIo(config, init);
        }).starts_with("PerceiverIo: the number of position features of all places is 6727663616, and 0 to "));
  config = small();
  config.encoder.latents = 0;
  CHECK(error_of([&] { PerceiverIo(config, init); }) == "Perceiver: latents is 0, and 1 to 16777216 is possible");
}
