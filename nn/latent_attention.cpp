#include "nn/latent_attention.h"

#include <algorithm>

namespace latent::nn {

static LatentAttentionSizes completed(LatentAttentionSizes sizes) {
  const auto& [latents, channels, input_channels, width, heads] = sizes;
  if (std::min({latents, channels, input_channels, heads}) < 1)
    fail("LatentAttention: {} latents of {} channels, inputs of {} channels and {} heads; each must be at least 1",
         latents, channels, input_channels, heads);
  if (width == 0) sizes.width = (std::min(channels, input_channels) + heads - 1) / heads * heads;
  if (sizes.width % heads != 0) fail("LatentAttention: {} channels do not split into {} heads", sizes.width, heads);
  return sizes;
}

static bool absorbed_is_cheaper(const LatentAttentionSizes& sizes) {
  const auto& [latents, channels, input_channels, width, heads] = sizes;
  const Index head = std::max<Index>(width / heads, 16);
  return 5 * latents * heads * input_channels < 4 * input_channels * width + 7 * latents * heads * head;
}

LatentAttention::LatentAttention(const LatentAttentionSizes& given, Init& init, AttentionForm form)
    : sizes(completed(given)),
      absorbed(form == AttentionForm::automatic ? absorbed_is_cheaper(sizes) : form == AttentionForm::absorbed),
      latent_norm(child("latent_norm", LayerNorm(sizes.channels, init))),
      input_norm(child("input_norm", LayerNorm(sizes.input_channels, init))),
      query(child("query", Linear(sizes.channels, sizes.width, init))),
      key(child("key", Linear(sizes.input_channels, sizes.width, init))),
      value(child("value", Linear(sizes.input_channels, sizes.width, init))),
      output(child("output", Linear(sizes.width, sizes.channels, init))) {}

// (W, c) -> (W', c')
LatentAttention::Affine LatentAttention::folded(const Linear& map) const {
  return {map.weight * input_norm.weight, linear(input_norm.bias, map.weight, map.bias)};
}

Tensor LatentAttention::queries(const Tensor& latents) const {
  return split_heads(query(latent_norm(latents)), sizes.heads);
}

LatentAttention::KeysValues LatentAttention::keys_values(const Tensor& normalized) const {
  if (absorbed) {
    const Tensor one_head = unsqueeze(normalized, 1);
    return {one_head, one_head};
  }
  const auto apply = [&](const Affine& map) {
    return split_heads(linear(normalized, map.weight, map.bias), sizes.heads);
  };
  return {apply(folded(key)), apply(folded(value))};
}

Tensor LatentAttention::operator()(const Tensor& latents, const KeysValues& source) const {
  const auto& [keys, values] = source;
  Tensor q = queries(latents);  // (B or 1, H, N, D)
  const double scale = 1 / std::sqrt(double(q.size(-1)));
  if (absorbed) q = matmul(q, by_head(folded(key).weight, sizes.heads));  // (B or 1, H, N, C')
  q = broadcast_to(q, {keys.size(0), q.size(1), q.size(2), q.size(3)});
  const Tensor attended = attention(q, keys, values, {.scale = scale});  // (B, H, N, D or C')
  if (!absorbed) return output(merge_heads(attended));

  const auto [weight, bias] = folded(value);
  const Tensor products = merge_heads(matmul(attended, transpose(by_head(weight, sizes.heads))));  // (B, N, H D)
  // The key bias has no effect.  0 * key.bias keeps it in the graph, so that it has a gradient: zeros.
  return output(products + (bias + 0 * key.bias));
}

Tensor LatentAttention::scores(const Tensor& latents, const Tensor& input) const {
  const Tensor q = queries(latents), k = split_heads(key(input_norm(input)), sizes.heads);
  return matmul(q, transpose(k)) / std::sqrt(double(q.size(-1)));
}

Index LatentAttention::flops(Index latents, Index inputs) const {
  const Index products = 2 * 2 * latents * inputs * sizes.width;  // q kᵀ, and the weights times v
  return query.flops(latents) + key.flops(inputs) + value.flops(inputs) + products + output.flops(latents);
}

}  // namespace latent::nn
