// Time and memory of the attentions as the number of tokens grows.
#pragma once
#include <string>
#include <vector>

#include "examples/compare_attention/settings.h"

namespace latent::compare_attention {

// The cost of one pass: forward without gradients, or backward, whose peak includes the tensors that forward kept.
struct Cost {
  double seconds = 0, bytes = 0, flops = 0;  // bytes: peak, without weights and input; flops: of matrix products
};

struct Point {
  Index tokens;
  Cost forward, backward;
};

struct Curve {
  std::string form;
  std::vector<Point> points;
  std::string end;  // why the curve ends before --most-tokens; empty if it does not
};

// A curve for each form: multi-head attention composed of plain operations, so that all T x T weights are in memory,
// and fused; latent attention composed, fused and absorbed.  B = 1.  Fewer curves if a signal asked to stop.
std::vector<Curve> measure(const Settings& settings);

// b of y = a xᵇ, by least squares in logarithms, over the last 4 points or fewer; NaN for fewer than 2.
double exponent(const std::vector<double>& x, const std::vector<double>& y);

struct Decoding {
  std::string form;
  Index bytes_per_token;  // of one layer's cache
  struct Step {
    Index tokens;    // in the cache
    double seconds;  // for one more token
  };
  std::vector<Step> steps;
};

// Multi-head, grouped-query and multi-query attention, and MLA plain and absorbed: one layer, one text.
std::vector<Decoding> measure_decoding(const Settings& settings);

}  // namespace latent::compare_attention
