// How exact the elementwise functions are: the bounds that docs/ops.md states and test_accuracy.cpp holds.
#pragma once
#include <vector>

#include "engine/engine.h"

namespace latent::test {

using Real = long double;

struct Bounds {
  double f32, f64;
};

// A function or its slope, over the whole range of its type: subnormal, huge, infinite.
struct Accuracy {
  const char* op;
  bool slope;
  Tensor (*value)(const Tensor& x);
  Real (*exact)(Real x);
  Bounds bounds;  // of the error, in units of the last place of the exact result (of the smallest number, where it
                  // is smaller) ...
  Bounds smallest = {1, 1};  // ... or in this number of units of the smallest number, if these are more
  double floor = 0;          // ... or of this number, for -2 < x < 0, where the exact result is smaller
  const char* note = "";
};

const std::vector<Accuracy>& accuracies();

// The largest error at the SIMD level in use, in these units; infinite where only one of result and exact result is NaN.
struct Worst {
  double error, at;
};
Worst worst_error(const Accuracy& accuracy, DType dtype);
Worst worst_pow_error(DType dtype);
inline constexpr Bounds pow_bounds = {0.6, 0.6};

std::string accuracy_table();  // in Markdown

}  // namespace latent::test
