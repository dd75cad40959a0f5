// Losses and scores beside cross_entropy(), which is a function of the engine.
#pragma once
#include "engine/ops.h"

namespace latent::nn {

Tensor mean_squared_error(const Tensor& prediction, const Tensor& target);  // (...) (...) -> ()

// Cross-entropy with class probabilities as targets: the mean over rows of -sum(p log softmax(x)), where each row of p sums
// to 1.  A share of 0 adds nothing, even where the logit is -infinity (PyTorch has NaN there), so one-hot
// shares give what cross_entropy() gives.                            (..., classes) (..., classes) -> ()
Tensor soft_cross_entropy(const Tensor& logits, const Tensor& shares, double smoothing = 0);

// How many of the labels are where the logits are largest            (..., classes) i64 (...)
Index correct(const Tensor& logits, const Tensor& labels);
double accuracy(const Tensor& logits, const Tensor& labels);

}  // namespace latent::nn
