// Losses and scores beside cross_entropy(), which is a function of the engine.
#pragma once
#include "engine/ops.h"

namespace latent::nn {

Tensor mean_squared_error(const Tensor& prediction, const Tensor& target);  // (...) (...) -> ()

// How many of the labels are where the logits are largest            (..., classes) i64 (...)
Index correct(const Tensor& logits, const Tensor& labels);
double accuracy(const Tensor& logits, const Tensor& labels);

}  // namespace latent::nn
