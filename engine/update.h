// The steps of optimisers, for nn/optimizer.h.  With copy_from() the only functions that overwrite tensors; nothing is
// recorded.  All tensors of a call have one shape and type and lie in one piece.
#pragma once
#include "engine/kernels/steps.h"
#include "engine/tensor.h"

namespace latent {

using kernels::AdamStep;
using kernels::SgdStep;

void sgd_update(const SgdStep& step, const Tensor& g, const Tensor& p, const Tensor& m);
void adam_update(const AdamStep& step, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& p,
                 const Tensor& to);

}  // namespace latent
