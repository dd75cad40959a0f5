// ONNX models and tensors, as far as ONNX's own tests of its operators need them (onnx.proto, version 3).
#pragma once
#include <map>
#include <string_view>

#include "engine/tensor.h"

namespace latent::onnx {

// The case asks for something that has no counterpart here; the message is the reason.
struct NotExpressible : Error {
  using Error::Error;
};

// f32, f64 and i64 are as they are.  float16 and bool become f32 and int32 becomes i64, which loses nothing.
struct Value {
  Tensor tensor;
  int type = 0;  // TensorProto.DataType
};
inline constexpr int float16_type = 10;
const char* name_of(int type);  // as ONNX calls it

struct Attribute {
  double real = 0;
  Index integer = 0;
  std::string text;
  Tensor tensor;
  std::vector<double> reals;
  std::vector<Index> integers;
  std::vector<std::string> texts;
};

struct Node {
  std::string op;
  std::vector<std::string> inputs, outputs;  // "" is one that is left out
  std::map<std::string, Attribute> attributes;
};

struct Model {
  Index opset = 0;
  std::vector<Node> nodes;
  std::map<std::string, Tensor> initializers;
  std::vector<std::string> inputs, outputs;  // inputs: those without an initializer
};

Value read_tensor(std::string_view message);
Model read_model(std::string_view message);
std::vector<std::string> operators_in(std::string_view model);  // of its nodes, whatever else is in it

}  // namespace latent::onnx
