#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

Tensor mish(const Tensor& x) { return x * tanh(softplus(x)); }

GatedUnit::GatedUnit(Index in, Index out, nn::Init& init)
    : value(child("value", nn::Linear(in, out, init))), gate(child("gate", nn::Linear(in, out, init))) {}
Tensor GatedUnit::operator()(const Tensor& x) const { return value(x) * sigmoid(gate(x)); }

void lion_step(const nn::Parameters& parameters, Tensors& momenta, double lr, double beta1, double beta2) {
  const NoGrad off;
  if (momenta.empty())
    for (const nn::Parameter& each : parameters) momenta.push_back(zeros_like(each.tensor));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& weights = parameters[i].tensor;
    const Tensor g = weights.grad(), way = sign(beta1 * momenta[i] + (1 - beta1) * g);
    weights.copy_from(weights.detach() - lr * way);
    momenta[i] = beta2 * momenta[i] + (1 - beta2) * g;
  }
}

}  // namespace latent::tour
