#include "nn/block.h"

namespace latent::nn {

static SelfAttention attention_of(const SelfAttentionSizes& sizes, Init& init) {
  if (const auto* mla = std::get_if<MlaSizes>(&sizes)) return MultiHeadLatentAttention(*mla, init);
  return MultiHeadAttention(std::get<AttentionSizes>(sizes), init);
}

static Index channels_of(const SelfAttentionSizes& sizes) {
  return std::visit([](const auto& each) { return each.channels; }, sizes);
}

SelfAttentionBlock::SelfAttentionBlock(const SelfAttentionSizes& sizes, Init& init, const BlockOptions& options)
    : attention_norm(child("attention_norm", LayerNorm(channels_of(sizes), init, options.bias))),
      attention(child("attention", attention_of(sizes, init))),
      feed_forward_norm(child("feed_forward_norm", LayerNorm(channels_of(sizes), init, options.bias))),
      feed_forward(child("feed_forward", FeedForward(channels_of(sizes), options.widening * channels_of(sizes), init,
                                                     options.activation, options.bias))),
      dropout{options.dropout} {}

// The two residual additions
Tensor SelfAttentionBlock::after(const Tensor& x, const Tensor& attended) const {
  const Tensor y = x + dropout(attended);
  return y + dropout(feed_forward(feed_forward_norm(y)));
}

Tensor SelfAttentionBlock::operator()(const Tensor& x, const AttentionOptions& options) const {
  return after(x, std::visit([&](const auto& ask) { return ask(attention_norm(x), options); }, attention));
}

Tensor SelfAttentionBlock::operator()(const Tensor& x, KVCache& cache) const {
  return after(x, std::visit([&](const auto& ask) { return ask(attention_norm(x), cache); }, attention));
}

KVCache SelfAttentionBlock::cache(Index batch, Index capacity) const {
  return std::visit([&](const auto& of) { return of.cache(batch, capacity); }, attention);
}

Index SelfAttentionBlock::flops(Index tokens) const {
  return std::visit([&](const auto& of) { return of.flops(tokens); }, attention) + feed_forward.flops(tokens);
}

}  // namespace latent::nn
