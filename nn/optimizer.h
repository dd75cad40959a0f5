// Optimisers.  A rule (SGD, AdamW, LAMB) says how one parameter moves; an Optimizer applies it to groups of parameters
// and keeps the rule's state.
#pragma once
#include <variant>

#include "nn/module.h"

namespace latent::nn {

// g gradient, p parameter, λ weight decay, η learning rate, t the number of the step from 1.

// g += λ p;  m = momentum m + g;  p -= η m, or with nesterov p -= η (g + momentum m).  As in PyTorch.
struct SGD {
  double momentum = 0;
  bool nesterov = false;
};

// m = β1 m + (1 - β1) g;  v = β2 v + (1 - β2) g²
// p -= η λ p + η m̂ / (sqrt(v̂) + eps)   with m̂ = m / (1 - β1ᵗ), v̂ = v / (1 - β2ᵗ).  Loshchilov & Hutter 2019.
struct AdamW {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

// u = m̂ / (sqrt(v̂) + eps) + λ p
// p -= η (|p| / |u|) u   where the ratio is 1 if either norm is 0.  You et al. 2020.
struct LAMB {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-6;
};

using UpdateRule = std::variant<SGD, AdamW, LAMB>;

struct ParameterGroup {
  Parameters parameters;
  double weight_decay = 0;
  double lr_scale = 1;  // this group's learning rate is lr_scale times that of the step
};
using ParameterGroups = std::vector<ParameterGroup>;

// Weight decay for matrices whose name ends in "weight" (linear layers, embeddings, learned positions of a language
// model); none for the others: biases, norms, latents, positions of a TokenInput.
ParameterGroups decay_groups(const Module& model, double weight_decay);

double sum_of_squares(const Tensor& x);  // in f64, where the square of an f32 cannot overflow

// Scales all gradients by max_norm / norm if their common norm is larger.  Returns the norm before scaling.
double clip_grad_norm(const Parameters& parameters, double max_norm);

class Optimizer {
 public:
  // Error if two parameters have one name, or are one tensor or share memory.
  Optimizer(UpdateRule rule, const ParameterGroups& groups);
  Optimizer(UpdateRule rule, const Module& model) : Optimizer(rule, decay_groups(model, 0)) {}

  // Moves every parameter by one step of the rule.  Error, before any moves, if a parameter has no gradient.
  void step(double lr);
  void zero_grad() const;

  Index steps() const;  // made so far

  // The whole state: "step" and, for each parameter, "momentum.NAME" or "first_moment.NAME" and "second_moment.NAME".
  // state() gives the optimiser's own tensors, which the next step changes; load_state() is as strict as
  // load_parameters().
  NamedTensors state() const;
  void load_state(const NamedTensors& state);

 private:
  struct Entry {
    Parameter parameter;
    double weight_decay, lr_scale;
    Tensors memory;  // the rule's state for this parameter
  };

  Parameters remembered() const;

  UpdateRule rule_;
  std::vector<Entry> entries_;
  Tensor steps_;  // i64 ()
};

}  // namespace latent::nn
