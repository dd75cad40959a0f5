#include "models/perceiver.h"

#include <algorithm>

namespace latent::models {

// Which set of weights the i-th use has.
static Index weights_of(Sharing sharing, Index i) {
  switch (sharing) {
    case Sharing::none: return i;
    case Sharing::after_first: return std::min<Index>(i, 1);
    case Sharing::all: break;
  }
  return 0;
}

Index PerceiverConfig::distinct_cross_attends() const { return 1 + weights_of(cross_sharing, cross_attends - 1); }
Index PerceiverConfig::distinct_towers() const { return 1 + weights_of(tower_sharing, tower_count() - 1); }

template <class Make> static auto parts(Index count, Make make) {
  std::vector<decltype(make())> all;
  for (Index i = 0; i < count; ++i) all.push_back(make());
  return all;
}

void check(const PerceiverConfig& config) {
  check(config.input, "Perceiver");
  check_fields("Perceiver", config);
}

LatentTower::LatentTower(const PerceiverConfig& config, nn::Init& init) {
  std::vector<nn::SelfAttentionBlock> all;
  for (Index i = 0; i < config.blocks; ++i)
    all.emplace_back(config.channels, config.heads, init, nn::BlockOptions{config.widening, config.dropout});
  blocks = child("blocks", std::move(all));
}

Tensor LatentTower::operator()(Tensor latents) const {
  for (const nn::SelfAttentionBlock& block : blocks) latents = block(latents);
  return latents;
}

Index LatentTower::flops(Index latents) const {
  Index total = 0;
  for (const nn::SelfAttentionBlock& block : blocks) total += block.flops(latents);
  return total;
}

static std::vector<nn::CrossAttentionBlock> cross_blocks(const PerceiverConfig& config, nn::Init& init) {
  const nn::LatentAttentionSizes sizes = {.latents = config.latents,
                                          .channels = config.channels,
                                          .input_channels = config.input.channels(),
                                          .width = config.cross_width,
                                          .heads = config.cross_heads};
  const nn::BlockOptions options = {config.widening, config.dropout};
  return parts(config.distinct_cross_attends(),
               [&] { return nn::CrossAttentionBlock(sizes, init, options, config.cross_form); });
}

static std::vector<LatentTower> latent_towers(const PerceiverConfig& config, nn::Init& init) {
  return parts(config.distinct_towers(), [&] { return LatentTower(config, init); });
}

PerceiverEncoder::PerceiverEncoder(const PerceiverConfig& given, nn::Init& init)
    : config(checked(given)),
      tokens(child("tokens", TokenInput(config.input, init))),
      latents(parameter("latents", init.trunc_normal({config.latents, config.channels}, config.latent_deviation))),
      cross(child("cross", cross_blocks(config, init))),
      towers(child("towers", latent_towers(config, init))) {}

// Calls use_cross(i) and use_tower(i), where i counts the sets of weights, in the order in which the model uses them.
template <class Cross, class Tower> void PerceiverEncoder::for_each_part(Cross use_cross, Tower use_tower) const {
  const Index towers = config.tower_count();
  const bool interleaved = config.placement == Placement::interleaved;
  Index next = 0;  // cross-attend
  for (Index tower = 0; tower < towers; ++tower) {
    for (; next < config.cross_attends && (!interleaved || next * towers / config.cross_attends == tower); ++next)
      use_cross(weights_of(config.cross_sharing, next));
    use_tower(weights_of(config.tower_sharing, tower));
  }
}

Tensor PerceiverEncoder::encode(const Tensor& input) const {
  const Tensor normalized = layer_norm(tokens(input));
  std::vector<nn::LatentAttention::KeysValues> sources;
  for (const nn::CrossAttentionBlock& block : cross) sources.push_back(block.attention.keys_values(normalized));

  Tensor z = unsqueeze(latents, 0);  // (1, N, C): the samples of a batch differ after the first cross-attend only
  for_each_part([&](Index i) { z = cross[i](z, sources[i]); }, [&](Index i) { z = towers[i](z); });
  return z;
}

static Tensor inverse(const Tensor& order) {
  std::vector<double> places(std::size_t(order.size()));
  for (Index i = 0; i < order.size(); ++i) places[std::size_t(order.data<Index>()[i])] = double(i);
  return tensor(places, DType::i64);
}

Tensors PerceiverEncoder::scores(const Tensor& input) const {
  const NoGrad off;
  const Tensor inputs = tokens(input);
  Tensors all;
  Tensor z = unsqueeze(latents, 0);
  const auto look = [&](Index i) {
    all.push_back(cross[i].attention.scores(z, inputs));
    z = cross[i](z, inputs);
  };
  for_each_part(look, [&](Index i) { z = towers[i](z); });
  if (tokens.order.defined())
    for (Tensor& each : all) each = index_select(each, -1, inverse(tokens.order));
  return all;
}

Index PerceiverEncoder::encoder_flops() const {
  Index total = tokens.flops();
  for_each_part([&](Index i) { total += cross[i].flops(config.latents, config.input.tokens()); },
                [&](Index i) { total += towers[i].flops(config.latents); });
  return total;
}

Perceiver::Perceiver(const PerceiverConfig& given, nn::Init& init)
    : PerceiverEncoder(given, init),
      final_norm(
          child("final_norm", config.final_norm ? std::optional(nn::LayerNorm(config.channels, init)) : std::nullopt)),
      head(child("head", config.zero_head ? nn::Linear::zero(config.channels, config.classes, init)
                                          : nn::Linear(config.channels, config.classes, init))) {}

Tensor Perceiver::operator()(const Tensor& input) const {
  const Tensor pooled = mean(encode(input), 1);  // (B, C)
  return head(final_norm ? (*final_norm)(pooled) : pooled);
}

Index Perceiver::flops() const { return encoder_flops() + head.flops(1); }

}  // namespace latent::models
