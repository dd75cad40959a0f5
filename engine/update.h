// Sums of gradients, and the steps of optimisers, for nn/optimizer.h.  They overwrite tensors and record nothing.  All
// tensors of a call have one shape and type and are contiguous.
#pragma once
#include "engine/kernels/steps.h"
#include "engine/tensor.h"

namespace latent {

using kernels::AdamStep;
using kernels::SgdStep;

void accumulate(const Tensor& sum, const Tensor& g);  // sum += g
void sgd_update(const SgdStep& step, const Tensor& g, const Tensor& p, const Tensor& m);
void adam_update(const AdamStep& step, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& p,
                 const Tensor& to);

}  // namespace latent
