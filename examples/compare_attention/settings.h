// Settings of `compare_attention`.
#pragma once
#include <string>

#include "nn/nn.h"

namespace latent::compare_attention {

struct Settings {
  // Sizes of the attentions that are drawn and measured
  Index tokens = 1024;  // T, of the drawing
  Index latents = 64;   // N
  Index channels = 128;
  Index heads = 4;
  Index kv_heads = 2;                              // of grouped-query attention
  Index code_channels = 48, rotary_channels = 16;  // of MLA

  // What is measured
  Index most_tokens = 65536;
  double seconds = 20;   // a curve ends before a pass that would take longer
  double gigabytes = 4;  // or need more memory for tensors

  int threads = 0;
  std::uint64_t seed = 0;
  std::string out = "runs/compare_attention";
};

// Error naming the first sizes that do not fit together.
void check(const Settings& settings);

nn::MultiHeadAttention multi_head(const Settings& settings, Index kv_heads, nn::Init& init);
nn::LatentAttention latent_attention(const Settings& settings, nn::AttentionForm form, nn::Init& init);
nn::MultiHeadLatentAttention multi_head_latent(const Settings& settings, nn::AttentionForm decoding, nn::Init& init);

}  // namespace latent::compare_attention
