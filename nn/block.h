// Residual blocks, pre-norm: x + f(norm(x)) for attention, then for a feed-forward layer.
#pragma once
#include "nn/dropout.h"
#include "nn/feed_forward.h"
#include "nn/latent_attention.h"

namespace latent::nn {

struct BlockOptions {
  Index widening = 1;  // hidden channels of the feed-forward layer per channel
  double dropout = 0;  // of what is added to x
};

// Tokens ask each other.                                            (B, N, C) -> (B, N, C)
struct SelfAttentionBlock : Module {
  LayerNorm attention_norm;
  MultiHeadAttention attention;
  LayerNorm feed_forward_norm;
  FeedForward feed_forward;
  Dropout dropout;

  SelfAttentionBlock(Index channels, Index heads, Init& init, BlockOptions options = {})
      : attention_norm(child("attention_norm", LayerNorm(channels, init))),
        attention(child("attention", MultiHeadAttention(channels, heads, init))),
        feed_forward_norm(child("feed_forward_norm", LayerNorm(channels, init))),
        feed_forward(child("feed_forward", FeedForward(channels, options.widening * channels, init))),
        dropout{options.dropout} {}

  Tensor operator()(const Tensor& x, const AttentionOptions& options = {}) const {
    const Tensor y = x + dropout(attention(attention_norm(x), options));
    return y + dropout(feed_forward(feed_forward_norm(y)));
  }

  Index flops(Index tokens) const { return attention.flops(tokens) + feed_forward.flops(tokens); }
};

// Latents ask an input.  The attention brings its own norms.        (B or 1, N, channels) -> (B, N, channels)
struct CrossAttentionBlock : Module {
  LatentAttention attention;
  LayerNorm feed_forward_norm;
  FeedForward feed_forward;
  Dropout dropout;

  CrossAttentionBlock(LatentAttentionSizes sizes, Init& init, BlockOptions options = {},
                      AttentionForm form = AttentionForm::automatic)
      : attention(child("attention", LatentAttention(sizes, init, form))),
        feed_forward_norm(child("feed_forward_norm", LayerNorm(sizes.channels, init))),
        feed_forward(child("feed_forward", FeedForward(sizes.channels, options.widening * sizes.channels, init))),
        dropout{options.dropout} {}

  Tensor operator()(const Tensor& latents, const LatentAttention::Source& source) const {
    const Tensor y = latents + dropout(attention(latents, source));
    return y + dropout(feed_forward(feed_forward_norm(y)));
  }
  Tensor operator()(const Tensor& latents, const Tensor& input) const {
    return (*this)(latents, attention.read(layer_norm(input)));
  }

  Index flops(Index latents, Index inputs) const {
    return attention.flops(latents, inputs) + feed_forward.flops(latents);
  }
};

}  // namespace latent::nn
