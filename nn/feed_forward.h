#pragma once
#include <array>
#include <optional>

#include "nn/linear.h"

namespace latent::nn {

enum class Activation {
  gelu,   // down(gelu(up(x)))
  swiglu  // down(silu(gate(x)) * up(x)), Shazeer 2020
};
constexpr auto names(Activation) { return std::array{"gelu", "swiglu"}; }

// Two linear layers with an activation between them, each token by itself.                 (..., C) -> (..., C)
struct FeedForward : Module {
  std::optional<Linear> gate;
  Linear up, down;

  FeedForward(Index channels, Index hidden, Init& init, Activation activation = Activation::gelu, bool bias = true)
      : up(child("up", Linear(channels, hidden, init, bias))),
        down(child("down", Linear(hidden, channels, init, bias))) {
    if (activation == Activation::swiglu) gate = child("gate", Linear(channels, hidden, init, bias));
  }

  Tensor operator()(const Tensor& x) const { return down(gate ? silu((*gate)(x)) * up(x) : gelu(up(x))); }

  Index flops(Index rows) const { return (gate ? gate->flops(rows) : 0) + up.flops(rows) + down.flops(rows); }
};

}  // namespace latent::nn
