#include "tests/onnx/operators.h"

#include "tests/onnx/tables.h"

namespace latent::onnx {

const Tensor& Call::as_is(std::size_t i) const {
  if (!has(i)) throw NotExpressible(fmt::format("{} without its input {}", node.op, i));
  return inputs[i];
}

Tensor Call::operator[](std::size_t i) const {
  const Tensor& x = as_is(i);
  return x.dtype() == DType::i64 ? cast(x, DType::f64) : x;
}

Tensors Call::floats() const {
  DType type = DType::f32;
  for (const Tensor& each : inputs)
    if (each.dtype() != DType::f32) type = DType::f64;
  Tensors all;
  for (const Tensor& each : inputs) all.push_back(cast(each, type));
  return all;
}

std::vector<Index> Call::integers(std::size_t i) const {
  const Tensor list = contiguous(cast(as_is(i), DType::i64));
  const Index* first = list.data<Index>();
  return {first, first + list.size()};
}

double Call::number(std::size_t i, double otherwise) const { return has(i) ? inputs[i].values().at(0) : otherwise; }

const Attribute& Call::attribute(const char* name) const {
  static const Attribute none;
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? none : found->second;
}

Index Call::integer(const char* name, Index otherwise) const { return has(name) ? attribute(name).integer : otherwise; }
double Call::real(const char* name, double otherwise) const { return has(name) ? attribute(name).real : otherwise; }
std::string Call::text(const char* name, const std::string& otherwise) const {
  return has(name) ? attribute(name).text : otherwise;
}

std::vector<Index> Call::integers(std::size_t i, const char* name) const {
  return has(i) ? integers(i) : attribute(name).integers;
}

const Operator& find_operator(const std::string& name) {
  static const std::map<std::string, Operator> all = [] {
    std::map<std::string, Operator> by_name;
    for (const auto& table :
         {elementwise_table(), reduction_table(), arranging_table(), indexing_table(), network_table()})
      for (const Operator& each : table) by_name.emplace(each.name, each);
    return by_name;
  }();
  const auto found = all.find(name);
  if (found == all.end()) throw NotExpressible("no op for " + name);
  return found->second;
}

}  // namespace latent::onnx
