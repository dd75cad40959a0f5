// Parameters of the optimiser kernels.  g is a gradient, p a parameter.
#pragma once

namespace latent::kernels {

// g += weight_decay p;  m = momentum m + g;  p -= lr m, or with nesterov lr (g + momentum m)
struct SgdStep {
  double lr, weight_decay, momentum;
  bool nesterov;
};

// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
// to = keep p + move (m / correction1) / (sqrt(v / correction2) + eps), where `to` may be p
struct AdamStep {
  double beta1, beta2, eps, correction1, correction2, keep, move;
};

}  // namespace latent::kernels
