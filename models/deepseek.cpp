#include "models/deepseek.h"

namespace latent::models {

static nn::MlaSizes sizes(Index channels, Index heads, Index query_code_channels) {
  return {.channels = channels,
          .heads = heads,
          .head_channels = 128,
          .code_channels = 512,
          .query_code_channels = query_code_channels,
          .rotary_channels = 64};
}

DeepSeekAttention deepseek_v2() { return {"DeepSeek-V2", 60, sizes(5120, 128, 1536)}; }
DeepSeekAttention deepseek_v2_lite() { return {"DeepSeek-V2-Lite", 27, sizes(2048, 16, 0)}; }
DeepSeekAttention deepseek_v3() { return {"DeepSeek-V3", 61, sizes(7168, 128, 1536)}; }

Index DeepSeekAttention::parameter_count() const {
  nn::Init init{.shapes_only = true};
  return layers * nn::MultiHeadLatentAttention(sizes, init).parameter_count();
}

}  // namespace latent::models
