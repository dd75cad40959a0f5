// The recorded graph as a picture, in DOT, the language of Graphviz.
#pragma once
#include <string>

#include "engine/autograd.h"

namespace latent {

// The graph behind `result`.  A leaf is an ellipse with its name, an op a box, each with the shape of its value; an
// arrow points from an input to its op, and the gradient flows against it.  Constants are left out: no gradient flows
// to them, so they are not recorded.
//
// With more than `most` ops and leaves, the ops of a module are drawn as one box, with the module's name and the
// numbers of its ops and parameters.  A module is the dotted prefix of its parameters' names.  An op belongs to the
// innermost module of its parameters or, without parameters, to the module common to its inputs and its users.  Inner
// modules are folded into outer ones until at most `most` boxes are left, or only the outermost modules.  Error if
// `result` has no history, or if backward() has released it.
std::string draw_graph(const Tensor& result, const std::vector<Named>& leaves = {}, Index most = 40);

}  // namespace latent
