// Reverse-mode differentiation.  record() links a value to its inputs; grad() and backward() walk the links back.
#pragma once
#include <concepts>
#include <functional>
#include <span>

#include "engine/tensor.h"

namespace latent {

// Tensors that a rule reads besides g and the output: none, one or two.
struct Reads {
  const Tensor *first = nullptr, *second = nullptr;
  Reads() = default;
  Reads(const Tensor& a) : first(&a) {}
  Reads(const Tensor& a, const Tensor& b) : first(&a), second(&b) {}
};
// A tensor's storage, and its version when it was saved.
struct SavedVersion {
  std::weak_ptr<Storage> storage;
  std::uint64_t version;
  SavedVersion(const Tensor& x) : storage(x.storage()), version(x.storage()->version) {}
};

// An input of an op and its rule.  The rule turns g, the gradient of the output (the cotangent), into the gradient of
// this input.  A rule that needs the output takes it as a second argument, because capturing it would make a reference
// cycle.  Other tensors that it reads must be listed, so that backward detects when one of them has been overwritten.
// The engine sums the result back to the input's shape, so no rule handles broadcasting.
struct Input {
  using Rule = std::function<Tensor(const Tensor& g, const Tensor& y)>;

  Tensor tensor;
  bool is_recorded;                 // whether a gradient can flow to it: recording is on and the tensor has a history
  Rule rule;                        // empty: a gradient for this input is an Error, never silently zero
  std::vector<SavedVersion> saved;  // tensors that the rule reads; empty, like the rule, unless is_recorded
  bool needs_output = false;

  explicit Input(const Tensor& constant);
  template <std::invocable<const Tensor&> F> Input(const Tensor& t, F f, const Reads& reads = {}) : Input(t) {
    if (is_recorded) set([f = std::move(f)](const Tensor& g, const Tensor&) { return f(g); }, reads);
  }
  template <std::invocable<const Tensor&, const Tensor&> F>
  Input(const Tensor& t, F f, const Reads& reads = {}) : Input(t) {
    needs_output = true;
    if (is_recorded) set(std::move(f), reads);
  }

 private:
  void set(Rule f, const Reads& reads);
};

// Links the value to the inputs that have a history.  Returns it unlinked if recording is off or no input has one.
// The inputs are a list, {{a, rule}, {b, rule}}, or a vector where their number varies.
Tensor record(const char* op, const Tensor& value, std::span<Input> inputs);  // moves the rules out of the inputs
template <std::size_t N> Tensor record(const char* op, const Tensor& value, Input (&&inputs)[N]) {
  return record(op, value, std::span<Input>(inputs));
}

// For a value and gradients computed by kernels.  `gradients` returns one Tensor per input (undefined where not
// wanted); wanted[i] says whether input i needs one.  `composed` computes the same value in plain operations: it is
// differentiated instead of `gradients` while the gradient itself is being recorded.  `constants` are other tensors
// that both read, such as labels or a mask.
using FusedGradients = std::function<Tensors(const Tensor& g, const Tensor& y, const std::vector<bool>& wanted)>;
using Composed = std::function<Tensor(const Tensors& inputs)>;
Tensor record_fused(const char* op, const Tensor& value, const Tensors& inputs, FusedGradients gradients,
                    Composed composed, const Tensors& constants = {});

// The gradient of sum(y * cotangent) for each x; the cotangent is ones by default.  Zeros where y does not depend on x.
// Error if y has no history or an x does not require a gradient.
// Each gradient is contiguous in memory of its own and may be written.  With create_graph the gradients are recorded
// instead, so that they can be differentiated again.
Tensors grad(const Tensor& y, const Tensors& xs, bool create_graph = false, const Tensor& cotangent = {});

// Adds the gradient of a one-element loss to grad() of every leaf, which is contiguous in memory of its own.  The
// history is released with its memory: a second backward pass is an Error.  grad(y, xs) keeps the history.
//
// Several threads may call it at once if their losses share leaves but no other history.  Every gradient is added; the
// order of the additions depends on timing, so the last bits may differ from run to run.
void backward(const Tensor& loss);

// The same, but grad() of the leaves stays as it is: returns the gradient of loss * scale for each leaf, undefined where
// the loss does not depend on it.  Each is contiguous in memory of its own.
Tensors backward(const Tensor& loss, const Tensors& leaves, double scale = 1);

// The two ops that the backward pass itself needs.  ops.h declares them again, with all others.
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor sum_to(const Tensor& x, const Shape& shape);  // undo a broadcast

// The history of one value: a node of the recorded graph.
struct Node {
  struct Parent {
    std::shared_ptr<Node> node;
    Shape shape;
  };
  Node(const char* op);
  ~Node();         // iterative: a chain of a million nodes is released without recursion
  void release();  // drops the parents, the rule and its tensors
  bool is_leaf() const { return parents.empty() && !released; }

  const char* op;
  std::vector<Parent> parents;  // nodes of the inputs that have a history; always older than this node
  std::function<Tensors(const Tensor& g, const Tensor& y)> rule;  // one gradient per parent; undefined: none flows
  Tensor output;                                                  // the value, if the rule needs it; without Node
  std::vector<SavedVersion> saved;                                // tensors that the rule reads
  Tensor grad;                                                    // of a leaf
  bool released = false;
  const std::uint64_t id;  // increasing
};

Index live_nodes();  // number of Nodes that exist; without a living loss, one per leaf

bool recording();
// Switch recording on or off in a scope: `NoGrad off;` as in torch.no_grad().
struct Recording {
  explicit Recording(bool on);
  ~Recording();
  Recording(const Recording&) = delete;

 private:
  bool before_;
};
struct NoGrad : Recording {
  NoGrad() : Recording(false) {}
};

// While in scope, every new value and gradient on any thread is checked.  The first NaN or infinity is an Error that
// names its op.
struct DetectAnomaly {
  explicit DetectAnomaly(bool on = true);
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;

 private:
  bool before_;
};

}  // namespace latent
