// Dropout draws from the generator of the innermost Training scope, and drops nothing outside of one:
//
//   const Training scope(Generator(seed).fold_in(step));
//   backward(loss(model(input)));
//
// A training loop without the scope trains without dropout.  The masks of a step follow from seed and step alone, so a
// resumed run repeats them without saved state.
#pragma once
#include <utility>

#include "nn/module.h"

namespace latent::nn {

class Training {
 public:
  explicit Training(Generator generator) : generator_(generator), outer_(std::exchange(current_, &generator_)) {}
  ~Training() { current_ = outer_; }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  static Generator* generator() { return current_; }  // null in evaluation

 private:
  static inline thread_local Generator* current_ = nullptr;
  Generator generator_;
  Generator* outer_;
};

// Zeros with probability p, the rest scaled by 1 / (1 - p)          (...) -> (...)
struct Dropout {
  double p = 0;

  Tensor operator()(const Tensor& x) const {
    return p > 0 && Training::generator() ? dropout(x, p, *Training::generator()) : x;
  }
};

}  // namespace latent::nn
