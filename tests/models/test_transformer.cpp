#include "models/transformer.h"

#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

namespace {

TransformerConfig small() {
  return {.input = {.grid = {6}, .input_channels = 0, .own_axes = 3, .bands = 2, .nyquist_frequency = 2},
          .layers = 2,
          .channels = 8,
          .heads = 2,
          .widening = 2,
          .zero_head = false,
          .classes = 3};
}

}  // namespace

TEST_CASE("a Transformer on tokens has a gradient for every parameter, and does not see the order of its tokens") {
  nn::Init init{.dtype = DType::f64};
  const Transformer model(small(), init);
  randomize(model);
  const Tensor input = random_tensor({2, 6, 3}, 1), order = tensor({3, 1, 5, 0, 2, 4}, DType::i64);
  CHECK(model(input).shape() == Shape{2, 3});
  CHECK(difference(model(input), model(index_select(input, 1, order))) < 1e-12);
  check_gradients(
      model.parameters(), [&] { return model(input); }, 3);
}

TEST_CASE("a Transformer's cost and parameters are those of its layers") {
  nn::Init init{.shapes_only = true};
  const Transformer model({.input = {.grid = {14, 14}, .input_channels = 4}, .layers = 3}, init);
  const Index T = 196, C = 4 + 2 * 13, D = 64;
  CHECK(model.parameter_count() == C * D + D + 3 * (4 * (D * D + D) + 8 * D * D + 5 * D + 4 * D) + 2 * D + D * 10 + 10);
  CHECK(model.flops() == 2 * T * C * D + 3 * (8 * T * D * D + 4 * T * T * D + 16 * T * D * D) + 2 * D * 10);
}

TEST_CASE("a Transformer's config comes back from its text, and one that cannot be is told") {
  CHECK(from_metadata<TransformerConfig>(to_metadata(small())) == small());
  nn::Init init;
  TransformerConfig config = small();
  config.layers = 5000;
  CHECK(error_of([&] { Transformer(config, init); }) == "Transformer: layers is 5000, and 0 to 4096 is possible");
  config = small();
  config.input.bands = -1;
  CHECK(error_of([&] { Transformer(config, init); }) == "Transformer: bands is -1, and 0 to 16777216 is possible");
}
