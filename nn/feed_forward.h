#pragma once
#include "nn/linear.h"

namespace latent::nn {

// down(gelu(up(x)))                                                (..., C) -> (..., C)
struct FeedForward : Module {
  Linear up, down;

  FeedForward(Index channels, Index hidden, Init& init)
      : up(child("up", Linear(channels, hidden, init))), down(child("down", Linear(hidden, channels, init))) {}

  Tensor operator()(const Tensor& x) const { return down(gelu(up(x))); }

  Index flops(Index rows) const { return up.flops(rows) + down.flops(rows); }
};

}  // namespace latent::nn
