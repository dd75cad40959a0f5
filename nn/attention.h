#pragma once
#include <array>

#include "nn/cache.h"
#include "nn/linear.h"
#include "nn/positional.h"

namespace latent::nn {

Tensor split_heads(const Tensor& x, Index heads);   // (B, N, H D) -> (B, H, N, D), a view
Tensor merge_heads(const Tensor& x);                // (B, H, N, D) -> (B, N, H D)
Tensor by_head(const Tensor& weight, Index heads);  // (H D, C) -> (H, D, C), a view

// Two orders of the same products, where keys and values are linear maps of a code (in LatentAttention, of the input).
enum class AttentionForm {
  automatic,  // the one with fewer multiplications
  plain,      // expand keys and values, then attend
  absorbed    // fold W_k into the queries and W_v into the result, then attend to the code itself
};
constexpr auto names(AttentionForm) { return std::array{"automatic", "plain", "absorbed"}; }

struct AttentionSizes {
  Index channels = 0;        // of the queries and of the result
  Index input_channels = 0;  // of the input of keys and values; 0: `channels`
  Index width = 0;           // W = H D, of all heads; 0: `channels`
  Index heads = 1;           // H, of queries
  Index kv_heads = 0;        // G, of keys and values; 0: H
  bool bias = true;          // of the four linear maps
  std::optional<Rotary> rotary = {};
};

// softmax(q kᵀ / sqrt(D)) v for each head, with q from x, and k and v from the input (x itself in self-attention).
// Each key/value head is shared by H / G query heads: G = H is multi-head attention (Vaswani et al. 2017), G = 1
// multi-query attention (Shazeer 2019), and in between grouped-query attention (Ainslie et al. 2023).
// With rotary positions the T inputs are at positions 0 to T - 1, and the N queries at the last N of these.
struct MultiHeadAttention : Module {
  AttentionSizes sizes;
  Linear query, key, value, output;

  MultiHeadAttention(AttentionSizes sizes, Init& init);
  MultiHeadAttention(Index channels, Index heads, Init& init)
      : MultiHeadAttention({.channels = channels, .heads = heads}, init) {}

  Tensor operator()(const Tensor& x, const Tensor& input, const AttentionOptions& options = {}) const;
  //                (B, N, C)        (B, T, C') -> (B, N, C)
  Tensor operator()(const Tensor& x, const AttentionOptions& options = {}) const { return (*this)(x, x, options); }

  // Causal self-attention of the next N tokens: appends them to the cache and attends to it.  (B, N, C) -> (B, N, C)
  Tensor operator()(const Tensor& x, KVCache& cache) const;
  KVCache cache(Index batch, Index capacity) const;  // of keys and values: 2 G D numbers for each token

  // Scores before the softmax, for pictures                            (B, N, C) (B, T, C') -> (B, H, N, T)
  Tensor scores(const Tensor& x, const Tensor& input) const;

  Index flops(Index queries, Index inputs) const;
  Index flops(Index tokens) const { return flops(tokens, tokens); }

 private:
  Tensor turned(const Tensor& x, Index heads, Index first) const;
};

}  // namespace latent::nn
