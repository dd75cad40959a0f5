// Transformers (Vaswani et al. 2017), pre-norm: an encoder, for comparison with the Perceiver, and a language model with any
// attention of the family.
#pragma once
#include "models/metadata.h"
#include "models/token_input.h"
#include "nn/block.h"
#include "nn/embedding.h"

namespace latent::models {

struct TransformerConfig {
  InputConfig input = {};
  Index layers = 4;
  Index channels = 64;
  Index heads = 4;
  Index widening = 4;
  nn::Activation activation = nn::Activation::gelu;
  double dropout = 0;
  bool zero_head = true;  // zero-initialised: all classes equally likely at first
  Index classes = 10;

  bool operator==(const TransformerConfig&) const = default;
};

void check(const TransformerConfig& config);  // Error naming the first value that no model can have

// As text and back, for checkpoints: metadata.h
Metadata to_metadata(const TransformerConfig& config);
TransformerConfig transformer_config(const Metadata& metadata);

// Classifier: mean over the tokens, then a linear head.  Time O(T²), where the Perceiver's is O(T).
struct Transformer : nn::Module {
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

enum class TokenPositions { learned, sinusoidal, rotary };

struct LanguageModelConfig {
  Index vocabulary = 0;  // V, of tokens 0 to V - 1
  Index context = 64;    // the most tokens of a text
  Index layers = 4;
  Index channels = 128;
  Index heads = 4;
  AttentionKind attention = AttentionKind::mha;
  Index kv_heads = 2;  // of gqa
  // Of mla, whose rotary channels carry the positions; `positions` does not apply
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
};

void check(const LanguageModelConfig& config);  // Error naming the first value that no model can have

// As text and back, for checkpoints: metadata.h
Metadata to_metadata(const LanguageModelConfig& config);
LanguageModelConfig language_model_config(const Metadata& metadata);

// Next-token logits.  Weight tying: the head is the token embedding, transposed (Press and Wolf 2017).
struct LanguageModel : nn::Module {
  LanguageModelConfig config;
  nn::Embedding tokens;
  std::optional<nn::LearnedPositions> positions;
  std::vector<nn::SelfAttentionBlock> blocks;
  nn::LayerNorm final_norm;
  nn::Dropout dropout;

  LanguageModel(const LanguageModelConfig& config, nn::Init& init);

  // Causal: each position attends to itself and to those before it.     i64 (B, T) -> (B, T, V), T up to the context
  Tensor operator()(const Tensor& text) const;

  // The same for the next tokens of texts whose beginning is in the caches, one cache for each block.
  Tensor operator()(const Tensor& text, std::vector<nn::Cache>& caches) const;
  std::vector<nn::Cache> caches(Index batch, Index capacity) const;

  Index flops(Index length) const;  // of a text of that length

 private:
  Tensor embed(const Tensor& text, Index first) const;
  Tensor logits(const Tensor& x) const { return linear(final_norm(x), tokens.weight); }
};

}  // namespace latent::models
