// ONNX's operators in terms of engine/ops.h.
#pragma once
#include "engine/engine.h"
#include "tests/onnx/model.h"

namespace latent::onnx {

// One node with the values of its inputs.
struct Call {
  const Node& node;
  Index opset;
  Tensors inputs;  // undefined where one is left out

  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].defined(); }
  const Tensor& as_is(std::size_t i) const;
  Tensor operator[](std::size_t i) const;  // a float: f64 for what is i64
  Tensors floats() const;                  // all inputs in one float type
  std::vector<Index> integers(std::size_t i) const;
  double number(std::size_t i, double otherwise) const;

  bool has(const char* attribute) const { return node.attributes.contains(attribute); }
  const Attribute& attribute(const char* name) const;
  Index integer(const char* name, Index otherwise) const;
  double real(const char* name, double otherwise) const;
  std::string text(const char* name, const std::string& otherwise) const;
  // From input i where it is there, else from the attribute; empty without either.
  std::vector<Index> integers(std::size_t i, const char* name) const;
};

// What one returns: a tensor, or several.
struct Results : Tensors {
  Results(const Tensor& one) : Tensors{one} {}
  Results(const Tensors& all) : Tensors(all) {}
};

struct Operator {
  const char* name;
  enum { call, composition } kind;  // one function of engine/ops.h says the same, or a few do
  std::function<Results(const Call&)> run;
};

// The table.  NotExpressible for an operator that is not in it.
const Operator& find_operator(const std::string& name);

}  // namespace latent::onnx
