// Perceiver IO (Jaegle et al. 2021): one query for each output attends to the Perceiver's latents, so that outputs may
// be of any kind and number as well.
#pragma once
#include "models/perceiver.h"

namespace latent::models {

struct PerceiverIoConfig {
  static constexpr const char* kind = "perceiver_io";

  // Its `classes` are the channels of each answer.  The paper's encoder has one cross-attend; any number is possible.
  PerceiverConfig encoder = {};

  // One answer for each position of this grid.  The query is the Fourier features of the position, as in encoder.input.
  // Empty: one answer for the whole input, by a learned query.
  Shape output_grid = {};
  Index query_channels = 0;  // of the learned query; 0: the channels of a latent
  Index decoder_heads = 1;
  bool query_residual = false;  // whether the answers are added to the queries

  static PerceiverIoConfig sized_like(const PerceiverConfig& perceiver) { return {.encoder = perceiver}; }
  const InputConfig& input_config() const { return encoder.input; }
  Index class_count() const { return encoder.classes; }
  Index distinct_blocks() const { return encoder.distinct_blocks(); }

  bool operator==(const PerceiverIoConfig&) const = default;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    PerceiverConfig::fields(c.encoder, visit);
    visit("output_grid", c.output_grid, Field{});
    visit("query_channels", c.query_channels, Field{"", 0, most_channels});
    visit("decoder_heads", c.decoder_heads, Field{"", 1, most_channels});
    visit("query_residual", c.query_residual, Field{});
  }
};

void check(const PerceiverIoConfig& config);  // Error naming the first value that no model can have

struct PerceiverIo : nn::Module {
  static constexpr const char* title = "Perceiver IO";
  using Config = PerceiverIoConfig;

  PerceiverIoConfig config;
  PerceiverEncoder encoder;         // its parameters are this model's own, without "encoder." before their names
  Tensor queries;                   // (O, channels) for O outputs: a parameter, or features of positions
  nn::CrossAttentionBlock decoder;  // queries attend to latents
  nn::Linear head;

  PerceiverIo(const PerceiverIoConfig& config, nn::Init& init);

  // (B, T, input_channels + own_axes) -> (B, O, classes), or (B, classes) for the one answer without output_grid
  Tensor operator()(const Tensor& input) const;
  Tensors scores(const Tensor& input) const { return encoder.scores(input); }

  Index flops() const;  // of one sample, forward: multiplications and additions of matrix products
};

}  // namespace latent::models
