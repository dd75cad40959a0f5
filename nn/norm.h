#pragma once
#include "nn/init.h"
#include "nn/module.h"

namespace latent::nn {

// y = (x - mean) / sqrt(variance + eps) * weight + bias, over the channels of each row     (..., C) -> (..., C)
struct LayerNorm : Module {
  Tensor weight, bias;  // (C); the bias may be undefined
  double eps;

  LayerNorm(Index channels, Init& init, bool with_bias = true, double eps = 1e-5)
      : weight(parameter("weight", init.ones({channels}))),
        bias(parameter("bias", with_bias ? init.zeros({channels}) : Tensor())),
        eps(eps) {}

  Tensor operator()(const Tensor& x) const { return layer_norm(x, weight, bias, eps); }
};

// y = x / sqrt(mean(x²) + eps) * weight                                                    (..., C) -> (..., C)
struct RMSNorm : Module {
  Tensor weight;  // (C)
  double eps;

  RMSNorm(Index channels, Init& init, double eps = 1e-6)
      : weight(parameter("weight", init.ones({channels}))), eps(eps) {}

  Tensor operator()(const Tensor& x) const { return rms_norm(x, weight, eps); }
};

}  // namespace latent::nn
