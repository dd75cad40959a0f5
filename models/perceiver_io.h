// Perceiver IO (Jaegle et al. 2021): the Perceiver's latents answer queries, as many as there are outputs, so that the
// outputs may be of any kind and number as well.
#pragma once
#include "models/perceiver.h"

namespace latent::models {

struct PerceiverIoConfig {
  // Its `classes` are the channels of each answer.  The paper's has one cross-attend; any number is possible.
  PerceiverConfig encoder = {};

  // One answer for each position of this grid, whose query is its Fourier features of encoder.input.bands.
  // Empty: one answer for the whole input, by a learned query.
  Shape output_grid = {};
  Index query_channels = 0;  // of the learned query; 0: as many as a latent has
  Index decoder_heads = 1;
  bool query_residual = false;  // whether the answers are added to the queries

  bool operator==(const PerceiverIoConfig&) const = default;
};

void check(const PerceiverIoConfig& config);  // Error naming the first value that no model can have

// As text and back, for checkpoints: metadata.h
Metadata to_metadata(const PerceiverIoConfig& config);
PerceiverIoConfig perceiver_io_config(const Metadata& metadata);

struct PerceiverIo : PerceiverEncoder {
  PerceiverIoConfig io_config;
  Tensor queries;                   // (O, channels): a parameter, or features of positions
  nn::CrossAttentionBlock decoder;  // queries attend to latents
  nn::Linear head;

  PerceiverIo(const PerceiverIoConfig& config, nn::Init& init);

  // (B, T, input_channels + own_axes) -> (B, O, classes), or (B, classes) for the one answer without output_grid
  Tensor operator()(const Tensor& input) const;

  Index flops() const;  // of one sample, forward: multiplications and additions of matrix products
};

}  // namespace latent::models
