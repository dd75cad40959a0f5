#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

double score_bytes(Index queries, Index keys, Index heads) {
  return 4.0 * double(queries) * double(keys) * double(heads);
}

Tensor read_input(const Tensor& latents, const Tensor& input, const Tensor& query, const Tensor& key,
                  const Tensor& value) {
  const Tensor q = linear(latents, query), k = linear(input, key), v = linear(input, value);
  return matmul(softmax(matmul(q, transpose(k)) / std::sqrt(double(q.size(-1)))), v);
}

models::PerceiverConfig small_perceiver() {
  models::PerceiverConfig config;
  config.input = {.grid = {8, 8}, .input_channels = 1, .bands = 3, .nyquist_frequency = 4};
  config.latents = 8;
  config.channels = 24;
  config.cross_attends = 1;
  config.cross_heads = 2;
  config.blocks = 1;
  config.heads = 4;
  config.classes = 4;
  return config;
}

}  // namespace latent::tour
