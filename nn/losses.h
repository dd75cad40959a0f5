// Losses and scores beside cross_entropy(), which is a function of the engine.
#pragma once
#include "engine/ops.h"

namespace latent::nn {

Tensor mean_squared_error(const Tensor& prediction, const Tensor& target);  // (...) (...) -> ()

// Cross-entropy with class probabilities as targets: the mean over rows of -sum(p log softmax(x)), with x a row of the
// logits and p a row of the shares, which sums to 1.  A share of 0 adds nothing, even where the logit is -infinity
// (PyTorch gives NaN there): one-hot shares give the same as cross_entropy().
//                                                                    (..., classes) (..., classes) -> ()
Tensor soft_cross_entropy(const Tensor& logits, const Tensor& shares, double smoothing = 0);

// The number of rows whose largest logit is at the label             (..., classes) i64 (...)
Index correct(const Tensor& logits, const Tensor& labels);
double accuracy(const Tensor& logits, const Tensor& labels);

}  // namespace latent::nn
