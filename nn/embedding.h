#pragma once
#include "nn/init.h"
#include "nn/module.h"

namespace latent::nn {

// One learned row for each of `count` indices                       i64 (...) -> (..., C)
struct Embedding : Module {
  Tensor weight;  // (count, C)

  Embedding(Index count, Index channels, Init& init, double std = 0.02)
      : weight(parameter("weight", init.trunc_normal({count, channels}, std))) {}

  Tensor operator()(const Tensor& indices) const {
    Shape shape = indices.shape();
    shape.push_back(weight.size(1));
    return reshape(index_select(weight, 0, reshape(indices, {-1})), shape);
  }
};

}  // namespace latent::nn
