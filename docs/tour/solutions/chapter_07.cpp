#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

Tensor absorbed_scores(const Tensor& latents, const Tensor& input, const Tensor& query, const Tensor& key) {
  return matmul(matmul(linear(latents, query), key), transpose(input));
}

// Multiplications, without the queries, which both forms compute.  Plain: T C W for the keys, N T W for the scores.
// Absorbed: N W C for the folded queries, N T C for the scores.
bool absorbed_is_cheaper(Index latents, Index inputs, Index channels, Index width) {
  const Index plain = inputs * channels * width + latents * inputs * width;
  const Index absorbed = latents * channels * width + latents * inputs * channels;
  return absorbed < plain;
}

// W (g x̂ + b) + c = (W g) x̂ + (W b + c), where g scales the columns of W.
nn::Linear fold_norm(const nn::LayerNorm& norm, const nn::Linear& map) {
  return nn::Linear((map.weight * norm.weight).detach(), linear(norm.bias, map.weight, map.bias).detach());
}

}  // namespace latent::tour
