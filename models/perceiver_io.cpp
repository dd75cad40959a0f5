#include "models/perceiver_io.h"

namespace latent::models {

void check(const PerceiverIoConfig& config) {
  check(config.encoder);
  check_fields("PerceiverIo", config);
  check_grid("PerceiverIo", "the number of outputs", config.output_grid);
  check_position_features("PerceiverIo", config.output_grid, config.encoder.input.fourier());
}

// The Fourier features of all positions of the grid, used as queries
static Tensor position_queries(const PerceiverIoConfig& config, nn::Init& init) {
  const nn::FourierFeatures features = config.encoder.input.fourier();
  return init.constant({elements(config.output_grid), features.size(config.output_grid.rank())},
                       [&] { return features(nn::grid_positions(config.output_grid, DType::f64)); });
}

static Index query_channels(const PerceiverIoConfig& config) {
  if (!config.output_grid.empty()) return config.encoder.input.fourier().size(config.output_grid.rank());
  return config.query_channels > 0 ? config.query_channels : config.encoder.channels;
}

// Keys and values come from the latents, which have a gradient, so the absorbed form would save nothing.
static nn::CrossAttentionBlock decoder_of(const PerceiverIoConfig& config, nn::Init& init) {
  const PerceiverConfig& encoder = config.encoder;
  const nn::LatentAttentionSizes sizes = {.latents = elements(config.output_grid),
                                          .channels = query_channels(config),
                                          .input_channels = encoder.channels,
                                          .width = encoder.channels,
                                          .heads = config.decoder_heads};
  return {sizes, init, {.dropout = encoder.dropout}, nn::AttentionForm::plain, config.query_residual};
}

PerceiverIo::PerceiverIo(const PerceiverIoConfig& given, nn::Init& init)
    : config(checked(given)),
      encoder(inlined(PerceiverEncoder(config.encoder, init))),
      queries(config.output_grid.empty() ? parameter("queries", init.trunc_normal({1, query_channels(config)},
                                                                                  config.encoder.latent_deviation))
                                         : position_queries(config, init)),
      decoder(child("decoder", decoder_of(config, init))),
      head(child("head", config.encoder.zero_head
                             ? nn::Linear::zero(query_channels(config), config.encoder.classes, init)
                             : nn::Linear(query_channels(config), config.encoder.classes, init))) {}

Tensor PerceiverIo::operator()(const Tensor& input) const {
  const Tensor answers = head(decoder(unsqueeze(queries, 0), encoder.encode(input)));  // (B, O, classes)
  return config.output_grid.empty() ? squeeze(answers, 1) : answers;
}

Index PerceiverIo::flops() const {
  const Index outputs = queries.size(0);
  return encoder.encoder_flops() + decoder.flops(outputs, config.encoder.latents) + head.flops(outputs);
}

}  // namespace latent::models
