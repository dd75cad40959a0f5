#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

Tensor absorbed_scores(const Tensor& latents, const Tensor& input, const Tensor& query, const Tensor& key) {
  return matmul(matmul(linear(latents, query), key), transpose(input));
}

// Queries are made in both.  Plain: T keys of W, from C each; then N T scores of W.  Absorbed: N queries of C, from W each; then
// N T scores of C.
bool absorbed_is_cheaper(Index latents, Index inputs, Index channels, Index width) {
  const Index plain = inputs * channels * width + latents * inputs * width;
  const Index absorbed = latents * channels * width + latents * inputs * channels;
  return absorbed < plain;
}

// W (g x̂ + b) + c = (W g) x̂ + (W b + c), where g stretches the columns of W.
nn::Linear fold_norm(const nn::LayerNorm& norm, const nn::Linear& map) {
  return nn::Linear((map.weight * norm.weight).detach(), linear(norm.bias, map.weight, map.bias).detach());
}

}  // namespace latent::tour
