// The Perceiver (Jaegle et al. 2021): a small array of latents reads an input of any kind by cross-attention, again and
// again, and thinks in between by self-attention.  Its cost is linear in the size of the input.
#pragma once
#include <optional>

#include "models/metadata.h"
#include "nn/block.h"

namespace latent::models {

enum class Positions { fourier, learned };

// Cross-attends spread evenly among the latent towers, or all before the first.
enum class Placement { interleaved, at_start };

// Which uses of a part have the same weights: none, all, or all but the first.
enum class Sharing { none, after_first, all };

struct PerceiverConfig {
  // The input: T tokens on a grid of any number of axes, {28, 28} for an image, each with some channels.  Or a set of
  // tokens that bring their positions along as `own_axes` further channels, such as the 3 of a cloud of points, which
  // needs no input_channels; the grid {T} then only says how many to expect.
  Shape grid = {28, 28};
  Index input_channels = 1;
  Index own_axes = 0;

  // Position features, concatenated to each token.
  Positions positions = Positions::fourier;
  Index bands = 6;                // of Fourier features
  double nyquist_frequency = 14;  // their highest frequency, half the sampling rate: 14 for 28 pixels
  Index position_channels = 16;   // of learned positions

  Index latents = 32;   // N
  Index channels = 64;  // D, of each latent
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
  bool zero_head = true;           // starts from zeros: all classes equally likely
  double latent_deviation = 0.02;  // of the latents at first
  Index classes = 10;

  Index inputs() const { return elements(grid); }  // T
  Index token_channels() const;                    // C, with position features
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

// Self-attention blocks, one after the other                    (B, N, D) -> (B, N, D)
struct LatentTower : nn::Module {
  std::vector<nn::SelfAttentionBlock> blocks;

  LatentTower(const PerceiverConfig& config, nn::Init& init);
  Tensor operator()(Tensor latents) const;
  Index flops(Index latents) const;
};

struct Perceiver : nn::Module {
  PerceiverConfig config;
  Tensor latents;                              // (N, D)
  Tensor positions;                            // (T, features): a parameter or a constant; undefined with own_axes
  std::vector<nn::CrossAttentionBlock> cross;  // as many as have weights of their own
  std::vector<LatentTower> towers;             // likewise
  std::optional<nn::LayerNorm> final_norm;
  nn::Linear head;

  Perceiver(const PerceiverConfig& config, nn::Init& init);

  Tensor operator()(const Tensor& input) const;  // (B, T, input_channels + own_axes) -> (B, classes)

  Tensor tokens(const Tensor& input) const;   // with position features            -> (B, T, C)
  Tensor encode(const Tensor& input) const;   // the latents at the end            -> (B, N, D)
  Tensors scores(const Tensor& input) const;  // of each cross-attend, before its softmax: each (B, H, N, T)

  Index flops() const;  // of one sample, forward: multiplications and additions of matrix products

 private:
  template <class Cross, class Tower> void for_each_part(Cross use_cross, Tower use_tower) const;
};

}  // namespace latent::models
