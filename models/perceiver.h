// The Perceiver (Jaegle et al. 2021): a small array of latents reads an input of any kind by cross-attention, several
// times, with self-attention among the latents in between.  Its cost is linear in the size of the input, but for the
// local moments of points (token_input.h), which compare each pair of points.
#pragma once
#include <optional>

#include "models/token_input.h"
#include "nn/block.h"

namespace latent::models {

// Cross-attends spread evenly among the latent towers, or all before the first.
enum class Placement { interleaved, at_start };
constexpr auto names(Placement) { return std::array{"interleaved", "at_start"}; }

// Weight sharing among the uses of a part: none, all but the first, or all.
enum class Sharing { none, after_first, all };
constexpr auto names(Sharing) { return std::array{"none", "after_first", "all"}; }

struct PerceiverConfig {
  static constexpr const char* kind = "perceiver";
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
  Index distinct_towers() const;         // with weights of their own

  static PerceiverConfig sized_like(const PerceiverConfig& perceiver) { return perceiver; }
  const InputConfig& input_config() const { return input; }
  Index class_count() const { return classes; }
  Index distinct_blocks() const { return distinct_cross_attends() + distinct_towers() * blocks; }

  bool operator==(const PerceiverConfig&) const = default;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    InputConfig::fields(c.input, visit);
    visit("latents", c.latents, Field{"Number of latents", 1, most_channels});
    visit("channels", c.channels, Field{"Channels of each latent", 1, most_channels});
    visit("cross_attends", c.cross_attends, Field{"Times that the latents read the input", 1, most_uses});
    visit("towers", c.towers, Field{"", 0, most_uses});
    visit("blocks", c.blocks, Field{"Self-attention blocks after each cross-attend", 0, most_uses});
    visit("cross_heads", c.cross_heads, Field{"Heads of a cross-attend", 1, most_channels});
    visit("heads", c.heads, Field{"Heads of a self-attention block", 1, most_channels});
    visit("cross_width", c.cross_width,
          Field{"Channels in the heads of a cross-attend; 0: as few as it reads", 0, most_channels});
    visit("widening", c.widening, Field{"Hidden channels of a feed-forward layer per channel", 1, most_channels});
    visit("cross_sharing", c.cross_sharing, Field{"Cross-attends that share weights"});
    visit("tower_sharing", c.tower_sharing, Field{"Towers of blocks that share weights"});
    visit("placement", c.placement, Field{"Cross-attends between the towers, or all before the first"});
    visit("dropout", c.dropout, Field{"Probability of dropout", 0, 0.99});
    visit("cross_form", c.cross_form, Field{"How a cross-attend is computed; the result is the same"});
    visit("final_norm", c.final_norm, Field{"A LayerNorm before the head"});
    visit("zero_head", c.zero_head, Field{"The head starts from zeros: all classes equally likely"});
    visit("latent_deviation", c.latent_deviation, Field{"", 0, 1e9});
    visit("classes", c.classes, Field{"", 1, most_channels});
  }
};

// Error naming the first value that no model can have.
void check(const PerceiverConfig& config);

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
  std::vector<nn::CrossAttentionBlock> cross;  // one for each set of weights
  std::vector<LatentTower> towers;             // one for each set of weights

  PerceiverEncoder(const PerceiverConfig& config, nn::Init& init);

  Tensor encode(const Tensor& input) const;  // (B, T, input_channels + own_axes) -> the final latents, (B, N, C)
  // The scores of each cross-attend before its softmax, tokens in the order of the input: each (B, H, N, T)
  Tensors scores(const Tensor& input) const;

  Index encoder_flops() const;

 private:
  template <class Cross, class Tower> void for_each_part(Cross use_cross, Tower use_tower) const;
};

// Classifier: mean over the latents, then a linear head.
struct Perceiver : PerceiverEncoder {
  static constexpr const char* title = "Perceiver";
  using Config = PerceiverConfig;
  std::optional<nn::LayerNorm> final_norm;
  nn::Linear head;

  Perceiver(const PerceiverConfig& config, nn::Init& init);

  Tensor operator()(const Tensor& input) const;  // (B, T, input_channels + own_axes) -> (B, classes)
  Index flops() const;  // of one sample, forward: multiplications and additions of matrix products
};

}  // namespace latent::models
