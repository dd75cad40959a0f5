// Transformers (Vaswani et al. 2017), pre-norm: an encoder, for comparison with the Perceiver, and a language model
// with any attention of the family.
#pragma once
#include "models/perceiver.h"
#include "nn/block.h"
#include "nn/embedding.h"

namespace latent::models {

struct TransformerConfig {
  static constexpr const char* kind = "transformer";
  InputConfig input = {};
  Index layers = 4;
  Index channels = 64;
  Index heads = 4;
  Index widening = 4;
  nn::Activation activation = nn::Activation::gelu;
  double dropout = 0;
  bool zero_head = true;  // zero-initialised: all classes equally likely at first
  Index classes = 10;

  static TransformerConfig sized_like(const PerceiverConfig& perceiver);  // a layer for each of its blocks
  const InputConfig& input_config() const { return input; }
  Index class_count() const { return classes; }
  Index distinct_blocks() const { return layers; }

  bool operator==(const TransformerConfig&) const = default;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    InputConfig::fields(c.input, visit);
    visit("layers", c.layers, Field{"", 0, most_uses});
    visit("channels", c.channels, Field{"", 1, most_channels});
    visit("heads", c.heads, Field{"", 1, most_channels});
    visit("widening", c.widening, Field{"", 1, most_channels});
    visit("activation", c.activation, Field{});
    visit("dropout", c.dropout, Field{"", 0, 0.99});
    visit("zero_head", c.zero_head, Field{});
    visit("classes", c.classes, Field{"", 1, most_channels});
  }
};

void check(const TransformerConfig& config);  // Error naming the first value that no model can have

// Classifier: mean over the tokens, then a linear head.  Time O(T²), where the Perceiver's is O(T).
struct Transformer : nn::Module {
  static constexpr const char* title = "Transformer";
  using Config = TransformerConfig;

  TransformerConfig config;
  TokenInput tokens;
  nn::Linear embedding;
  std::vector<nn::SelfAttentionBlock> blocks;
  nn::LayerNorm final_norm;
  nn::Linear head;

  Transformer(const TransformerConfig& config, nn::Init& init);

  Tensor operator()(const Tensor& input) const;  // (B, T, input_channels + own_axes) -> (B, classes)
  Index flops() const;  // of one sample, forward: multiplications and additions of matrix products
};

enum class AttentionKind {
  mha,  // multi-head: keys and values for every head
  gqa,  // grouped-query: for every group of heads
  mqa,  // multi-query: one for all heads
  mla   // multi-head latent: made from one code
};
constexpr auto names(AttentionKind) { return std::array{"mha", "gqa", "mqa", "mla"}; }

enum class TokenPositions { learned, sinusoidal, rotary };
constexpr auto names(TokenPositions) { return std::array{"learned", "sinusoidal", "rotary"}; }

struct LanguageModelConfig {
  static constexpr const char* kind = "language_model";
  Index vocabulary = 0;  // V, of tokens 0 to V - 1
  Index context = 64;    // the largest number of tokens of a text
  Index layers = 4;
  Index channels = 128;
  Index heads = 4;
  AttentionKind attention = AttentionKind::mha;
  Index kv_heads = 2;  // for gqa
  // For mla, whose rotary channels carry the positions; `positions` does not apply
  Index head_channels = 0;  // 0: channels / heads
  Index code_channels = 48, query_code_channels = 0, rotary_channels = 16;
  nn::AttentionForm decoding = nn::AttentionForm::automatic;

  TokenPositions positions = TokenPositions::learned;
  nn::Activation activation = nn::Activation::gelu;
  Index widening = 4;
  bool bias = false;  // of norms and linear maps; mla's have none
  double dropout = 0;

  nn::SelfAttentionSizes attention_sizes() const;
  bool operator==(const LanguageModelConfig&) const = default;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    visit("vocabulary", c.vocabulary, Field{"", 1, most_channels});
    visit("context", c.context, Field{"Tokens that the model sees at once", 1, most_channels});
    visit("layers", c.layers, Field{"Blocks of attention and feed-forward layer", 1, most_uses});
    visit("channels", c.channels, Field{"Channels of each token", 1, most_channels});
    visit("heads", c.heads, Field{"Heads of queries", 1, most_channels});
    visit("attention", c.attention, Field{"Multi-head, grouped-query, multi-query or multi-head latent attention"});
    visit("kv_heads", c.kv_heads, Field{"Heads of keys and values, for gqa", 1, most_channels});
    visit("head_channels", c.head_channels,
          Field{"Channels of each head, for mla; 0: channels / heads", 0, most_channels});
    visit("code_channels", c.code_channels,
          Field{"Channels of the code of keys and values, for mla", 1, most_channels});
    visit("query_code_channels", c.query_code_channels,
          Field{"Channels of the code of queries, for mla; 0: no code", 0, most_channels});
    visit("rotary_channels", c.rotary_channels, Field{"Channels of each head's position, for mla", 1, most_channels});
    visit("decoding", c.decoding, Field{});
    visit("positions", c.positions, Field{"Position features of a token"});
    visit("activation", c.activation, Field{"Activation of the feed-forward layers"});
    visit("widening", c.widening, Field{"Hidden channels of a feed-forward layer per channel", 1, most_channels});
    visit("bias", c.bias, Field{"Biases in norms and linear maps"});
    visit("dropout", c.dropout, Field{"Probability of dropout", 0, 0.99});
  }
};

void check(const LanguageModelConfig& config);  // Error naming the first value that no model can have

// Next-token logits.  Weight tying: the head is the token embedding, transposed (Press and Wolf 2017).
struct LanguageModel : nn::Module {
  LanguageModelConfig config;
  nn::Embedding tokens;
  std::optional<nn::LearnedPositions> positions;
  std::vector<nn::SelfAttentionBlock> blocks;
  nn::LayerNorm final_norm;
  nn::Dropout dropout;

  LanguageModel(const LanguageModelConfig& config, nn::Init& init);

  // Causal: each position attends to itself and to all before it.       i64 (B, T) -> (B, T, V), T up to the context
  Tensor operator()(const Tensor& text) const;

  // The same for the next tokens; the caches, one for each block, hold the tokens before them.
  Tensor operator()(const Tensor& text, std::vector<nn::KVCache>& caches) const;
  std::vector<nn::KVCache> caches(Index batch, Index capacity) const;

  Index flops(Index length) const;  // of a text of that length

 private:
  Tensor embed(const Tensor& text, Index first) const;
  Tensor logits(const Tensor& x) const { return linear(final_norm(x), tokens.weight); }
};

}  // namespace latent::models
