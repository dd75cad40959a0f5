// The attention of DeepSeek's models, by their published configurations: to count its parameters and its cache.
#pragma once
#include <string>

#include "nn/mla.h"

namespace latent::models {

struct DeepSeekAttention {
  std::string name;
  Index layers;
  nn::MlaSizes sizes;  // of each layer

  Index parameter_count() const;                                            // of all layers, without allocating them
  Index cache_elements() const { return layers * sizes.cache_elements(); }  // per token
  Index multi_head_cache_elements() const { return layers * 2 * sizes.heads * sizes.head_channels; }  // per token
};

DeepSeekAttention deepseek_v2();
DeepSeekAttention deepseek_v2_lite();  // 16B
DeepSeekAttention deepseek_v3();

}  // namespace latent::models
