// The recorded graph as a picture, in DOT, the language of Graphviz.
#pragma once
#include <string>

#include "engine/autograd.h"

namespace latent {

struct Named {
  std::string name;  // dotted: "blocks.0.attention.query.weight"
  Tensor tensor;
};

// What `result` was made of.  A leaf is an ellipse with its name, an op a box, each with the shape of its value; an arrow
// points from an input to the op that took it, and the gradient flows back against it.  Constants are not there: no gradient
// flows to them, so nothing of them is recorded.
//
// With more than `most` boxes, leaves among them, ops of one module become one box, which names it and counts its ops and
// its parameters.  A module is what the names of leaves have before their last dots, and an op belongs to the innermost one
// that holds the leaves it takes or, without any, those around it.  Nested modules are folded into the outer ones until few
// enough boxes are left, or modules allow no more.  Error if `result` has no history, or if backward() has released it.
std::string draw_graph(const Tensor& result, const std::vector<Named>& leaves = {}, Index most = 40);

}  // namespace latent
