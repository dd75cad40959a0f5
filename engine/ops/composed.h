// The fused functions, defined in plain operations.  They document the kernels, are the reference in tests, and give
// the second derivatives.  Arguments as in ops.h.
#pragma once
#include "engine/ops.h"

namespace latent::composed {

Tensor softmax(const Tensor& x);  // over the last axis
Tensor log_softmax(const Tensor& x);
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, double label_smoothing = 0);
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps);
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps);
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options);

Tensor dropout(const Tensor& x, double p, Generator& generator, Index first = 0);  // x of rank 1 or more

}  // namespace latent::composed
