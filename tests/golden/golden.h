// Reads the cases of tests/golden/*.safetensors, which make_golden.py computes with PyTorch in f64.
#pragma once
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/files.h"

namespace golden {

using namespace latent;

using NamedTensors = std::map<std::string, Tensor>;

struct Case {
  Tensors inputs, gradients;               // a gradient is undefined where the input has none
  NamedTensors weights, weight_gradients;  // the parameters of a layer
  Tensor output, cotangent;                // the cotangent is undefined where the output has no gradient
};
using Cases = std::map<std::string, Case>;

// "<case>:input0", "<case>:gradient0", "<case>:weight/<name>", "<case>:weight_gradient/<name>", "<case>:output", ...
inline Cases load_cases(const std::string& file) {
  const TensorFile content = load_tensors(test::source_folder() / "tests/golden" / (file + ".safetensors"));
  Cases cases;
  for (const auto& [name, tensor] : content.tensors) {
    const std::size_t colon = name.find(':'), slash = name.find('/', colon);
    const std::string part = name.substr(colon + 1, slash - colon - 1);
    Case& golden = cases[name.substr(0, colon)];
    const auto numbered = [&](Tensors& list) -> Tensor& {
      const std::size_t number = part.back() - '0';
      list.resize(std::max(list.size(), number + 1));
      return list[number];
    };
    if (part == "output") golden.output = tensor;
    if (part == "cotangent") golden.cotangent = tensor;
    if (part == "weight") golden.weights[name.substr(slash + 1)] = tensor;
    if (part == "weight_gradient") golden.weight_gradients[name.substr(slash + 1)] = tensor;
    if (part.starts_with("input")) numbered(golden.inputs) = tensor;
    if (part.starts_with("gradient")) numbered(golden.gradients) = tensor;
  }
  for (auto& [name, golden] : cases) golden.gradients.resize(golden.inputs.size());
  return cases;
}

// The entry of a case: "matmul.odd" is computed by "matmul", unless the table has a "matmul.odd".
template <class Table> auto find(const Table& table, const std::string& name) {
  const auto exact = table.find(name);
  return exact != table.end() ? exact : table.find(name.substr(0, name.find('.')));
}

// Each case has an entry, and each entry is used by a case.
template <class Table> void check_complete(const Cases& cases, const Table& table) {
  std::set<std::string> used;
  for (const auto& [name, golden] : cases) {
    INFO(name);
    const auto found = find(table, name);
    CHECK(found != table.end());
    if (found != table.end()) used.insert(found->first);
  }
  for (const auto& [name, entry] : table) {
    INFO(name);
    CHECK(used.contains(name));
  }
}

// f64 becomes dtype; indices stay.
inline Tensor as(const Tensor& x, DType dtype) { return x.dtype() == DType::i64 ? x : cast(x, dtype).detach(); }

inline NamedTensors as(NamedTensors tensors, DType dtype) {
  for (auto& [name, tensor] : tensors) tensor = as(tensor, dtype);
  return tensors;
}

inline Tensors as(Tensors tensors, DType dtype) {
  for (Tensor& tensor : tensors) tensor = as(tensor, dtype);
  return tensors;
}

inline double largest(const Tensor& x) {
  double result = 0;
  for (const double value : x.values()) result = std::max(result, std::abs(value));
  return result;
}

// Equal up to the rounding errors of values of this scale in the actual type.
inline void check_close(const std::string& what, const Tensor& actual, const Tensor& expected, double scale) {
  INFO(what);
  REQUIRE(actual.defined());
  REQUIRE(actual.shape() == expected.shape());
  const std::vector<double> a = actual.values(), e = expected.values();
  const double tolerance = (actual.dtype() == DType::f32 ? 1e-5 : 1e-10) * scale;
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (std::abs(a[i] - e[i]) <= tolerance) continue;  // not so for NaN
    FAIL_CHECK(fmt::format("element {} of {} is {}, and {} is expected", i, actual.shape(), a[i], e[i]));
    return;
  }
}

// The output of f, and the gradients of the inputs and of the parameters that it uses.
inline void check_case(const Function& f, const Case& golden, Tensors inputs, const NamedTensors& parameters = {}) {
  std::vector<std::string> names;
  Tensors leaves, expected;
  const auto differentiate = [&](const std::string& name, const Tensor& leaf, const Tensor& gradient) {
    names.push_back("gradient of " + name);
    leaves.push_back(leaf);
    expected.push_back(gradient);
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!golden.gradients[i].defined()) continue;
    differentiate("input " + std::to_string(i), inputs[i].require_grad(), golden.gradients[i]);
  }
  for (const auto& [name, parameter] : parameters) differentiate(name, parameter, golden.weight_gradients.at(name));

  const Tensor output = f(inputs);
  check_close("output", output, golden.output, largest(golden.output));
  if (leaves.empty() || !golden.cotangent.defined()) return;
  const bool constant = !output.requires_grad();  // sign(x), for one, has slope 0 and so no history
  const Tensors gradients = constant ? Tensors() : grad(output, leaves, false, as(golden.cotangent, output.dtype()));
  double common = 0;
  for (const Tensor& gradient : expected) common = std::max(common, largest(gradient));
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    // A small gradient is a sum of larger values; one that is zero by algebra, a key's bias, of values like the others.
    const double own = largest(expected[i]), scale = own < 1e-12 ? common : std::max(own, common / 100);
    check_close(names[i], constant ? zeros_like(leaves[i]) : gradients[i], expected[i], scale);
  }
}

// The same for a layer, which is given the weights of the case first.
template <class Module> void check_layer(const Module& module, const Function& f, const Case& golden, DType dtype) {
  load_parameters(module, as(golden.weights, dtype));
  NamedTensors parameters;
  for (const auto& [name, tensor] : module.parameters()) parameters[name] = tensor;
  check_case(f, golden, as(golden.inputs, dtype), parameters);
}

}  // namespace golden
