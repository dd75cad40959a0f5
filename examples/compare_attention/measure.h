// How long the attentions take, and what they hold, as the number of tokens grows.
#pragma once
#include <string>
#include <vector>

#include "examples/compare_attention/settings.h"

namespace latent::compare_attention {

// Of one pass: forward without a history, or backward, whose peak has with it what forward kept.
struct Cost {
  double seconds = 0, bytes = 0, flops = 0;  // bytes: at most, of all tensors but weights and input; flops: of products
};

struct Point {
  Index tokens;
  Cost forward, backward;
};

struct Curve {
  std::string form;
  std::vector<Point> points;
  std::string end;  // why it ends before --most-tokens; empty if it does not
};

// Multi-head attention composed of plain operations, so that all T x T weights are in memory, and fused; latent attention
// composed, fused and absorbed.  Batch of one.  Fewer curves if a signal asked to stop.
std::vector<Curve> measure(const Settings& settings);

// b of y = a xᵇ, by least squares in logarithms, over the last 4 points or fewer; NaN for fewer than 2.
double exponent(const std::vector<double>& x, const std::vector<double>& y);

struct Decoding {
  std::string form;
  Index bytes_per_token;  // of one layer's cache
  struct Step {
    Index tokens;    // in the cache
    double seconds;  // for one more
  };
  std::vector<Step> steps;
};

// Multi-head, grouped-query and multi-query attention, and MLA plain and absorbed: one layer, one text.
std::vector<Decoding> measure_decoding(const Settings& settings);

}  // namespace latent::compare_attention
