// Configs of Transformer and LanguageModel as text and back.
#include "models/transformer.h"

namespace latent::nn {

static const models::Names& names(Activation) {
  static const models::Names all = {"gelu", "swiglu"};
  return all;
}

}  // namespace latent::nn

namespace latent::models {

static const Names& names(AttentionKind) {
  static const Names all = {"mha", "gqa", "mqa", "mla"};
  return all;
}
static const Names& names(TokenPositions) {
  static const Names all = {"learned", "sinusoidal", "rotary"};
  return all;
}

template <class Config, class Visit>
requires std::same_as<std::remove_const_t<Config>, TransformerConfig>
static void for_each_field(Config& c, Visit visit) {
  for_each_field(c.input, visit);
  visit("layers", c.layers);
  visit("channels", c.channels);
  visit("heads", c.heads);
  visit("widening", c.widening);
  visit("activation", c.activation);
  visit("dropout", c.dropout);
  visit("zero_head", c.zero_head);
  visit("classes", c.classes);
}

Metadata to_metadata(const TransformerConfig& config) { return to_metadata("transformer", config); }
TransformerConfig transformer_config(const Metadata& metadata) {
  return from_metadata<TransformerConfig>("transformer", metadata);
}

template <class Config, class Visit>
requires std::same_as<std::remove_const_t<Config>, LanguageModelConfig>
static void for_each_field(Config& c, Visit visit) {
  visit("vocabulary", c.vocabulary);
  visit("context", c.context);
  visit("layers", c.layers);
  visit("channels", c.channels);
  visit("heads", c.heads);
  visit("attention", c.attention);
  visit("kv_heads", c.kv_heads);
  visit("head_channels", c.head_channels);
  visit("code_channels", c.code_channels);
  visit("query_code_channels", c.query_code_channels);
  visit("rotary_channels", c.rotary_channels);
  visit("decoding", c.decoding);
  visit("positions", c.positions);
  visit("activation", c.activation);
  visit("widening", c.widening);
  visit("bias", c.bias);
  visit("dropout", c.dropout);
}

Metadata to_metadata(const LanguageModelConfig& config) { return to_metadata("language_model", config); }
LanguageModelConfig language_model_config(const Metadata& metadata) {
  return from_metadata<LanguageModelConfig>("language_model", metadata);
}

}  // namespace latent::models
