// Diagrams of the three attentions: all matrices from input to output, drawn to scale.
#pragma once
#include <string>
#include <vector>

#include "examples/compare_attention/settings.h"
#include "examples/report/table.h"

namespace latent::compare_attention {

// A matrix that an attention reads or makes, in f32.
struct Matrix {
  std::string name;
  Index rows, columns, heads = 1;  // `heads` matrices of this size
  double flops = 0;                // to make it
  bool weights = false;            // T x T or N x T: a fused kernel never holds it whole in memory
  bool remembered = false;         // kept for each token in the KV cache

  Index bytes() const { return 4 * rows * columns * heads; }
  std::string size() const;  // "4 × 1,024 × 32"
};

struct Diagram {
  std::string title, formula;
  std::vector<Matrix> matrices;  // in the order in which they are made

  double flops() const;
  Index bytes() const;  // of all matrices but the inputs
};

// Multi-head attention, latent attention, MLA.  A product of (n, k) and (k, m) counts 2 n k m FLOPs, a softmax 5 for
// each element (largest, difference, exponential, sum, quotient).
std::vector<Diagram> diagrams(const Settings& settings);

std::string draw(const std::vector<Diagram>& diagrams);  // an SVG, all at one scale
examples::Table table_of(const std::vector<Diagram>& diagrams);

// The value in the largest unit in which it is at least 1; each unit is `base` times the one before.  Below 10 with one
// decimal: "1.5 MiB", "1 MiB"
std::string with_unit(double value, double base, const std::vector<const char*>& units);
std::string flops_text(double flops);  // "34 MFLOP"
std::string bytes_text(double bytes);  // "512 KiB"

}  // namespace latent::compare_attention
