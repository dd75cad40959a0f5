// Residual blocks, pre-norm: x + f(norm(x)) for attention, then for a feed-forward layer.
#pragma once
#include "nn/dropout.h"
#include "nn/feed_forward.h"
#include "nn/latent_attention.h"
#include "nn/mla.h"

namespace latent::nn {

struct BlockOptions {
  Index widening = 1;  // hidden channels of the feed-forward layer per channel
  double dropout = 0;  // probability, for the values added to x
  Activation activation = Activation::gelu;
  bool bias = true;  // of the block's norms and feed-forward layer
};

using SelfAttention = std::variant<MultiHeadAttention, MultiHeadLatentAttention>;
using SelfAttentionSizes = std::variant<AttentionSizes, MlaSizes>;

// Self-attention, then a feed-forward layer                         (B, T, C) -> (B, T, C)
struct SelfAttentionBlock : Module {
  LayerNorm attention_norm;
  SelfAttention attention;
  LayerNorm feed_forward_norm;
  FeedForward feed_forward;
  Dropout dropout;

  SelfAttentionBlock(const SelfAttentionSizes& sizes, Init& init, const BlockOptions& options = {});
  SelfAttentionBlock(Index channels, Index heads, Init& init, const BlockOptions& options = {})
      : SelfAttentionBlock(AttentionSizes{.channels = channels, .heads = heads}, init, options) {}

  Tensor operator()(const Tensor& x, const AttentionOptions& options = {}) const;
  Tensor operator()(const Tensor& x, KVCache& cache) const;  // causal, of the next tokens: see the attention layers
  KVCache cache(Index batch, Index capacity) const;

  Index flops(Index tokens) const;

 private:
  Tensor after(const Tensor& x, const Tensor& attended) const;
};

// Latents attend to an input.  The attention has norms of its own.  (B or 1, N, C) -> (B, N, C)
struct CrossAttentionBlock : Module {
  LatentAttention attention;
  LayerNorm feed_forward_norm;
  FeedForward feed_forward;
  Dropout dropout;
  bool query_residual;  // the attention's result is added to the latents; else it replaces them

  CrossAttentionBlock(const LatentAttentionSizes& sizes, Init& init, const BlockOptions& options = {},
                      AttentionForm form = AttentionForm::automatic, bool query_residual = true)
      : attention(child("attention", LatentAttention(sizes, init, form))),
        feed_forward_norm(child("feed_forward_norm", LayerNorm(sizes.channels, init, options.bias))),
        feed_forward(child("feed_forward", FeedForward(sizes.channels, options.widening * sizes.channels, init,
                                                       options.activation, options.bias))),
        dropout{options.dropout},
        query_residual(query_residual) {}

  Tensor operator()(const Tensor& latents, const LatentAttention::KeysValues& source) const {
    const Tensor attended = dropout(attention(latents, source)), y = query_residual ? latents + attended : attended;
    return y + dropout(feed_forward(feed_forward_norm(y)));
  }
  Tensor operator()(const Tensor& latents, const Tensor& input) const {
    return (*this)(latents, attention.keys_values(layer_norm(input)));
  }

  Index flops(Index latents, Index inputs) const {
    return attention.flops(latents, inputs) + feed_forward.flops(latents);
  }
};

}  // namespace latent::nn
