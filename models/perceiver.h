// The Perceiver (Jaegle et al. 2021): a small array of latents reads an input of any kind by cross-attention, several times,
// with self-attention among the latents in between.  Its cost is linear in the size of the input.
#pragma once
#include <optional>

#include "models/metadata.h"
#include "models/token_input.h"
#include "nn/block.h"

namespace latent::models {

// Cross-attends spread evenly among the latent towers, or all before the first.
enum class Placement { interleaved, at_start };

// Weight sharing among the uses of a part: none, all but the first, or all.
enum class Sharing { none, after_first, all };

struct PerceiverConfig {
  InputConfig input = {};

  Index latents = 32;   // N
  Index channels = 64;  // C, of each latent
  Index cross_attends = 2;
  Index towers = 0;  // 0: one after each cross-attend
  Index blocks = 3;  // self-attention blocks in each tower
  Index cross_heads = 1, heads = 8;
  Index cross_width = 0;  // of queries and keys in a cross-attend; 0: as in nn::LatentAttentionSizes
  Index widening = 1;
  Sharing cross_sharing = Sharing::after_first, tower_sharing = Sharing::all;
  Placement placement = Placement::interleaved;
  double dropout = 0;
  nn::AttentionForm cross_form = nn::AttentionForm::automatic;

  bool final_norm = false;         // a LayerNorm before the head
  bool zero_head = true;           // zero-initialised: all classes equally likely at first
  double latent_deviation = 0.02;  // of the initial latents
  Index classes = 10;

  Index tower_count() const { return towers > 0 ? towers : cross_attends; }
  Index distinct_cross_attends() const;  // with weights of their own
  Index distinct_towers() const;         // likewise

  bool operator==(const PerceiverConfig&) const = default;
};

// Error naming the first value that no model can have.
void check(const PerceiverConfig& config);

// As text and back, for checkpoints: metadata.h
Metadata to_metadata(const PerceiverConfig& config);
PerceiverConfig perceiver_config(const Metadata& metadata);

// Self-attention blocks, one after the other                    (B, N, C) -> (B, N, C)
struct LatentTower : nn::Module {
  std::vector<nn::SelfAttentionBlock> blocks;

  LatentTower(const PerceiverConfig& config, nn::Init& init);
  Tensor operator()(Tensor latents) const;
  Index flops(Index latents) const;
};

// The model without a head.
struct PerceiverEncoder : nn::Module {
  PerceiverConfig config;
  TokenInput tokens;
  Tensor latents;                              // (N, C)
  std::vector<nn::CrossAttentionBlock> cross;  // as many as have weights of their own
  std::vector<LatentTower> towers;             // likewise

  PerceiverEncoder(const PerceiverConfig& config, nn::Init& init);

  Tensor encode(const Tensor& input) const;  // (B, T, input_channels + own_axes) -> the latents at the end, (B, N, C)
  // Of each cross-attend, before its softmax, for the tokens in the order of the input: each (B, H, N, T)
  Tensors scores(const Tensor& input) const;

 protected:
  Index encoder_flops() const;

 private:
  template <class Cross, class Tower> void for_each_part(Cross use_cross, Tower use_tower) const;
};

// Classifier: mean over the latents, then a linear head.
struct Perceiver : PerceiverEncoder {
  std::optional<nn::LayerNorm> final_norm;
  nn::Linear head;

  Perceiver(const PerceiverConfig& config, nn::Init& init);

  Tensor operator()(const Tensor& input) const;  // (B, T, input_channels + own_axes) -> (B, classes)
  Index flops() const;  // of one sample, forward: multiplications and additions of matrix products
};

}  // namespace latent::models
