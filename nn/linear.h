#pragma once
#include <cmath>

#include "nn/init.h"
#include "nn/module.h"

namespace latent::nn {

// y = x Wᵀ + b                                             (..., in) -> (..., out)
struct Linear : Module {
  Tensor weight;  // (out, in)
  Tensor bias;    // (out), or undefined

  Linear(Tensor weight, Tensor bias)
      : weight(parameter("weight", std::move(weight))), bias(parameter("bias", std::move(bias))) {}

  Linear(Index in, Index out, Init& init, bool with_bias = true)
      : Linear(init.trunc_normal({out, in}, 1 / std::sqrt(double(in))), with_bias ? init.zeros({out}) : Tensor()) {}

  // Zero-initialised: a classifier starts with equal logits.
  static Linear zero(Index in, Index out, Init& init) { return Linear(init.zeros({out, in}), init.zeros({out})); }

  Tensor operator()(const Tensor& x) const { return linear(x, weight, bias); }

  Index flops(Index rows) const { return 2 * rows * weight.size(); }
};

}  // namespace latent::nn
