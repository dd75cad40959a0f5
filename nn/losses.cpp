#include "nn/losses.h"

namespace latent::nn {

Tensor mean_squared_error(const Tensor& prediction, const Tensor& target) {
  if (prediction.shape() != target.shape())
    fail("mean_squared_error: the prediction is {} and the target {}; they must agree", prediction.shape(),
         target.shape());
  const Tensor error = prediction - target;
  return mean(error * error);
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
