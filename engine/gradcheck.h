// Checks a function's gradient against central differences.  Public, for users' own ops.
#pragma once
#include "engine/autograd.h"

namespace latent {

using Function = std::function<Tensor(const Tensors& inputs)>;

struct GradcheckResult {
  double worst = 0;   // largest |analytic - numeric| / max(1, |numeric|)
  std::string where;  // "order 2: input 1, element 3: analytic 0.5, numeric 0.7"
  bool ok = true;
  explicit operator bool() const { return ok; }
};

struct GradcheckOptions {
  int order = 1;  // 2 checks the gradient's gradient as well, and so on
  double step = 1e-5, tolerance = 1e-6;
  std::uint64_t seed = 0;  // of the random cotangents; ones would hide errors, as the sum of a softmax is constant
};

// Inputs must be f64 (Error otherwise) and may be views of any strides.
GradcheckResult gradcheck(const Function& f, const Tensors& inputs, const GradcheckOptions& options = {});

}  // namespace latent
