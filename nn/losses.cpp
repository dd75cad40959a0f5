#include "nn/losses.h"

#include <cmath>

namespace latent::nn {

Tensor mean_squared_error(const Tensor& prediction, const Tensor& target) {
  if (prediction.shape() != target.shape())
    fail("mean_squared_error: the prediction is {} and the target {}; they must agree", prediction.shape(),
         target.shape());
  const Tensor error = prediction - target;
  return mean(error * error);
}

Tensor soft_cross_entropy(const Tensor& logits, const Tensor& shares, double smoothing) {
  if (logits.rank() == 0 || shares.shape() != logits.shape())
    fail("soft_cross_entropy: the logits are {} and the shares {}; they must agree", logits.shape(), shares.shape());
  if (!(smoothing >= 0 && smoothing <= 1))
    fail("soft_cross_entropy: label smoothing {}, and 0 to 1 is possible", smoothing);
  const Tensor smooth = (1 - smoothing) * shares + smoothing / double(logits.size(-1)), log_p = log_softmax(logits);
  const auto number = [&](double value) { return scalar(value, logits.dtype()); };
  const Tensor nothing = equal(smooth, number(0)) * equal(log_p, number(-INFINITY));  // 0 log 0
  return -mean(sum(smooth * where(nothing, number(0), log_p), -1));
}

Index correct(const Tensor& logits, const Tensor& labels) {
  const std::vector<double> guesses = argmax(logits).values(), truth = labels.values();
  if (guesses.size() != truth.size())
    fail("correct: {} predictions and {} labels; they must agree", guesses.size(), truth.size());
  Index count = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) count += guesses[i] == truth[i];
  return count;
}

double accuracy(const Tensor& logits, const Tensor& labels) {
  return double(correct(logits, labels)) / double(labels.size());
}

}  // namespace latent::nn
