// Dropout draws from the generator of the innermost Training scope, and drops nothing outside of one:
//
//   const Training scope(Generator(seed).fold_in(step));
//   backward(loss(model(input)));
//
// A training loop without the scope trains without dropout.  The mask of a sample follows from seed, step and the
// sample's number in the batch alone: a resumed run repeats it without saved state, and so does a part of the batch.
#pragma once
#include <utility>

#include "nn/module.h"

namespace latent::nn {

class Training {
 public:
  // The samples of a batch have the numbers `first`, first + 1, ...
  explicit Training(Generator generator, Index first = 0)
      : generator_(generator), first_(first), outer_(std::exchange(current_, this)) {}
  // For a part of that scope's batch, which begins at its sample `first`.
  Training(const Training& whole, Index first) : Training(whole.generator_, whole.first_ + first) {}
  ~Training() { current_ = outer_; }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  static const Training* current() { return current_; }  // null in evaluation

 private:
  friend struct Dropout;
  static inline thread_local Training* current_ = nullptr;
  Generator generator_;
  Index first_;
  Training* outer_;
};

// Zeros with probability p, the rest scaled by 1 / (1 - p)          (B, ...) -> (B, ...)
struct Dropout {
  double p = 0;

  Tensor operator()(const Tensor& x) const {
    Training* const scope = Training::current_;
    return p > 0 && scope ? dropout(x, p, scope->generator_, scope->first_) : x;
  }
};

}  // namespace latent::nn
