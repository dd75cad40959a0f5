#pragma once
#include "nn/linear.h"

namespace latent::nn {

Tensor split_heads(const Tensor& x, Index heads);  // (B, N, H D) -> (B, H, N, D), a view
Tensor merge_heads(const Tensor& x);               // (B, H, N, D) -> (B, N, H D)

struct AttentionSizes {
  Index channels = 0;        // of the queries and of the result
  Index input_channels = 0;  // of what keys and values are made from; 0: the same
  Index width = 0;           // H D, inside the heads; 0: the same as `channels`
  Index heads = 1;
};

// softmax(q kᵀ / sqrt(D)) v for each head, with q from x, and k and v from the input (x itself in self-attention).
struct MultiHeadAttention : Module {
  AttentionSizes sizes;
  Linear query, key, value, output;

  MultiHeadAttention(AttentionSizes sizes, Init& init);
  MultiHeadAttention(Index channels, Index heads, Init& init)
      : MultiHeadAttention({.channels = channels, .heads = heads}, init) {}

  Tensor operator()(const Tensor& x, const Tensor& input, const AttentionOptions& options = {}) const;
  //                (B, N, C)        (B, T, C') -> (B, N, C)
  Tensor operator()(const Tensor& x, const AttentionOptions& options = {}) const { return (*this)(x, x, options); }

  // Before the softmax, for pictures                                   (B, N, C) (B, T, C') -> (B, H, N, T)
  Tensor scores(const Tensor& x, const Tensor& input) const;

  Index flops(Index queries, Index inputs) const;
  Index flops(Index tokens) const { return flops(tokens, tokens); }
};

}  // namespace latent::nn
