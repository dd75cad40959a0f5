#include "models/transformer.h"

#include <cmath>

namespace latent::models {

void check(const TransformerConfig& config) {
  check(config.input, "Transformer");
  check_fields("Transformer", config);
}

TransformerConfig TransformerConfig::sized_like(const PerceiverConfig& perceiver) {
  return {.input = perceiver.input,
          .layers = perceiver.blocks * perceiver.tower_count(),
          .channels = perceiver.channels,
          .heads = perceiver.heads,
          .widening = perceiver.widening,
          .dropout = perceiver.dropout,
          .zero_head = perceiver.zero_head,
          .classes = perceiver.classes};
}

static std::vector<nn::SelfAttentionBlock> blocks_of(Index layers, const nn::SelfAttentionSizes& sizes,
                                                     const nn::BlockOptions& options, nn::Init& init) {
  std::vector<nn::SelfAttentionBlock> blocks;
  for (Index i = 0; i < layers; ++i) blocks.emplace_back(sizes, init, options);
  return blocks;
}

Transformer::Transformer(const TransformerConfig& given, nn::Init& init)
    : config(checked(given)),
      tokens(child("tokens", TokenInput(config.input, init))),
      embedding(child("embedding", nn::Linear(config.input.channels(), config.channels, init))),
      blocks(child("blocks",
                   blocks_of(config.layers, nn::AttentionSizes{.channels = config.channels, .heads = config.heads},
                             {config.widening, config.dropout, config.activation}, init))),
      final_norm(child("final_norm", nn::LayerNorm(config.channels, init))),
      head(child("head", config.zero_head ? nn::Linear::zero(config.channels, config.classes, init)
                                          : nn::Linear(config.channels, config.classes, init))) {}

Tensor Transformer::operator()(const Tensor& input) const {
  Tensor x = embedding(tokens(input));
  for (const nn::SelfAttentionBlock& block : blocks) x = block(x);
  return head(mean(final_norm(x), 1));
}

Index Transformer::flops() const {
  const Index count = config.input.tokens();
  Index total = tokens.flops() + embedding.flops(count) + head.flops(1);
  for (const nn::SelfAttentionBlock& block : blocks) total += block.flops(count);
  return total;
}

nn::SelfAttentionSizes LanguageModelConfig::attention_sizes() const {
  if (attention == AttentionKind::mla)
    return nn::MlaSizes{.channels = channels,
                        .heads = heads,
                        .head_channels = head_channels > 0 ? head_channels : channels / heads,
                        .code_channels = code_channels,
                        .query_code_channels = query_code_channels,
                        .rotary_channels = rotary_channels,
                        .decoding = decoding};
  const Index groups = attention == AttentionKind::mha ? heads : attention == AttentionKind::mqa ? 1 : kv_heads;
  return nn::AttentionSizes{
      .channels = channels,
      .heads = heads,
      .kv_heads = groups,
      .bias = bias,
      .rotary = positions == TokenPositions::rotary ? std::optional<nn::Rotary>(nn::Rotary{}) : std::nullopt};
}

void check(const LanguageModelConfig& config) {
  check_fields("LanguageModel", config);
  const bool own_heads = config.attention == AttentionKind::mla && config.head_channels > 0;
  if (!own_heads && config.channels % config.heads != 0)
    fail("LanguageModel: {} channels do not split into {} heads", config.channels, config.heads);
  if (config.positions == TokenPositions::sinusoidal && config.channels % 2 != 0)
    fail("LanguageModel: sinusoidal positions need an even number of channels, and there are {}", config.channels);
}

LanguageModel::LanguageModel(const LanguageModelConfig& given, nn::Init& init)
    : config(checked(given)),
      tokens(child("tokens", nn::Embedding(config.vocabulary, config.channels, init))),
      positions(child("positions", config.positions == TokenPositions::learned
                                       ? std::optional(nn::LearnedPositions(config.context, config.channels, init))
                                       : std::nullopt)),
      blocks(child("blocks", blocks_of(config.layers, config.attention_sizes(),
                                       {config.widening, config.dropout, config.activation, config.bias}, init))),
      final_norm(child("final_norm", nn::LayerNorm(config.channels, init, config.bias))),
      dropout{config.dropout} {}

// Token embeddings with positions                                                     i64 (B, T) -> (B, T, C)
Tensor LanguageModel::embed(const Tensor& text, Index first) const {
  if (text.rank() != 2) fail("LanguageModel: the tokens are {}, and (batch, length) is needed", text.shape());
  const Index last = first + text.size(1);
  if (last > config.context) fail("LanguageModel: a text of {} tokens, and the context is {}", last, config.context);
  const Tensor x = tokens(text);
  if (positions) return dropout(x + (*positions)(first, text.size(1)));
  if (config.positions == TokenPositions::rotary) return dropout(x);
  const Tensor table = nn::sinusoidal_positions(last, config.channels, x.dtype());
  return dropout(x * std::sqrt(double(config.channels)) + slice(table, 0, first, last));
}

Tensor LanguageModel::operator()(const Tensor& text) const {
  Tensor x = embed(text, 0);
  for (const nn::SelfAttentionBlock& block : blocks) x = block(x, {.causal = true});
  return logits(x);
}

Tensor LanguageModel::operator()(const Tensor& text, std::vector<nn::KVCache>& caches) const {
  if (caches.size() != blocks.size()) fail("LanguageModel: {} caches for {} blocks", caches.size(), blocks.size());
  Tensor x = embed(text, caches[0].length());
  for (std::size_t i = 0; i < blocks.size(); ++i) x = blocks[i](x, caches[i]);
  return logits(x);
}

std::vector<nn::KVCache> LanguageModel::caches(Index batch, Index capacity) const {
  std::vector<nn::KVCache> all;
  for (const nn::SelfAttentionBlock& block : blocks) all.push_back(block.cache(batch, capacity));
  return all;
}

Index LanguageModel::flops(Index length) const {
  Index total = 2 * length * tokens.weight.size();  // the head
  for (const nn::SelfAttentionBlock& block : blocks) total += block.flops(length);
  return total;
}

}  // namespace latent::models
