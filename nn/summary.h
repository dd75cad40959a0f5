// A model as a table: names, shapes, numbers of parameters and, if the model has flops(), the cost of a forward pass.
#pragma once
#include <optional>

#include "nn/module.h"

namespace latent::nn {

// `flops` counts multiplications and additions of matrix products for one sample.
std::string summary_table(const Parameters& parameters, std::optional<Index> flops);

template <std::derived_from<Module> M> std::string summary(const M& model) {
  if constexpr (requires { model.flops(); }) {
    return summary_table(model.parameters(), model.flops());
  } else {
    return summary_table(model.parameters(), std::nullopt);
  }
}

}  // namespace latent::nn
