#include "examples/compare_attention/settings.h"

namespace latent::compare_attention {

nn::MultiHeadAttention multi_head(const Settings& settings, Index kv_heads, nn::Init& init) {
  return {{.channels = settings.channels, .heads = settings.heads, .kv_heads = kv_heads}, init};
}

nn::LatentAttention latent_attention(const Settings& settings, nn::AttentionForm form, nn::Init& init) {
  return {{.latents = settings.latents,
           .channels = settings.channels,
           .input_channels = settings.channels,
           .heads = settings.heads},
          init,
          form};
}

nn::MultiHeadLatentAttention multi_head_latent(const Settings& settings, nn::AttentionForm decoding, nn::Init& init) {
  return {{.channels = settings.channels,
           .heads = settings.heads,
           .head_channels = settings.channels / settings.heads,
           .code_channels = settings.code_channels,
           .rotary_channels = settings.rotary_channels,
           .decoding = decoding},
          init};
}

void check(const Settings& settings) {
  if (settings.channels % settings.heads != 0)
    fail("--channels {} do not split into --heads {}", settings.channels, settings.heads);
  nn::Init no_memory{.shapes_only = true};
  multi_head(settings, settings.kv_heads, no_memory);
  multi_head_latent(settings, nn::AttentionForm::automatic, no_memory);
}

}  // namespace latent::compare_attention
