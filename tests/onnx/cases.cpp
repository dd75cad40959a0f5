#include "tests/onnx/cases.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace latent::onnx {
namespace {

using test::Path;

std::string content(const Path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Path package_folder() { return "/usr/share/libonnx-testdata/data"; }

std::vector<Path> sorted_folders(const Path& folder) {
  std::vector<Path> all;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    if (entry.is_directory()) all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

// input_0.pb, input_1.pb, ...
std::vector<Value> read_values(const Path& folder, const std::string& kind) {
  std::vector<Value> all;
  for (Path path; path = folder / fmt::format("{}_{}.pb", kind, all.size()), std::filesystem::exists(path);)
    all.push_back(read_tensor(content(path)));
  return all;
}

// How far a value may be from the expected one, relative to that.
double tolerance(int type) {
  switch (type) {
    case 1: return 1e-5;    // float
    case 11: return 1e-10;  // double
    case float16_type: return 2e-3;
    default: return 0;
  }
}

// Where they differ, or "".
std::string difference(const Tensor& actual, const Value& wanted) {
  const Tensor& expected = wanted.tensor;
  if (actual.shape() != expected.shape()) return fmt::format("shape {} and not {}", actual.shape(), expected.shape());
  const std::vector<double> a = actual.values(), e = expected.values();
  for (std::size_t i = 0; i < e.size(); ++i) {
    const bool same = a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i]));
    if (!same && !(std::abs(a[i] - e[i]) <= tolerance(wanted.type) * std::max(0.1, std::abs(e[i]))))
      return fmt::format("element {} of {} is {:.9g} and not {:.9g}", i, expected.shape(), a[i], e[i]);
  }
  return "";
}

using Values = std::map<std::string, Tensor>;

// What ONNX's operator for training asks for: the gradient of the value `y` for each of the values `xs`.
Tensors gradients(const Node& node, const Values& values) {
  Tensors xs;
  for (const std::string& name : node.attributes.at("xs").texts) xs.push_back(values.at(name));
  return grad(values.at(node.attributes.at("y").text), xs);
}

Tensors run(const Model& model, std::vector<Value> inputs) {
  const bool has_gradients = std::ranges::count(model.nodes, "Gradient", &Node::op) > 0;
  Values values = model.initializers;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (has_gradients) inputs[i].tensor.require_grad();
    values[model.inputs.at(i)] = inputs[i].tensor;
  }
  for (const Node& node : model.nodes) {
    Call call{node, model.opset, {}};
    for (const std::string& name : node.inputs) call.inputs.push_back(name.empty() ? Tensor() : values.at(name));
    const Tensors results = node.op == "Gradient" ? gradients(node, values) : find_operator(node.op).run(call);
    for (std::size_t i = 0; i < std::min(results.size(), node.outputs.size()); ++i)
      values[node.outputs[i]] = results[i];
  }
  Tensors outputs;
  for (const std::string& name : model.outputs) outputs.push_back(values.at(name));
  return outputs;
}

// Cases whose expected values are not those of the model.
void check_expected(const std::string& name) {
  for (const char* window : {"test_blackmanwindow", "test_hammingwindow", "test_hannwindow"})
    if (name.starts_with(window)) throw NotExpressible("expected with 3.1415 for pi");
  if (name == "test_adam_multiple") throw NotExpressible("expected with epsilon 0.01 where the default is 0.000001");
}

// The operator that the graph is about: its only one but for constants, or that of the case which it writes out in ONNX's
// other operators.
std::string subject(const Path& folder, const std::string& model) {
  const std::string name = folder.filename(), ending = "_expanded";
  if (name.ends_with(ending)) {
    const Path whole = folder.parent_path() / name.substr(0, name.size() - ending.size()) / "model.onnx";
    if (std::filesystem::exists(whole)) return operators_in(content(whole)).at(0) + ", written out";
  }
  std::vector<std::string> ops = operators_in(model);
  if (ops.size() > 1) std::erase(ops, "Constant");
  return ops.size() == 1 ? ops[0] : "graphs of several";
}

}  // namespace

Outcome run_case(const Path& folder) {
  Outcome outcome{Outcome::passed, "no model in the package", ""};
  try {
    if (!std::filesystem::exists(folder / "model.onnx")) throw NotExpressible("only the address of a model");
    const std::string bytes = content(folder / "model.onnx");
    outcome.op = subject(folder, bytes);
    const Model model = read_model(bytes);
    check_expected(folder.filename());
    if (model.nodes.size() > 1 || find_operator(model.nodes.at(0).op).kind == Operator::composition)
      outcome.kind = Outcome::composed;
    const std::vector<Path> sets = sorted_folders(folder);
    if (sets.empty()) fail("no values to compare with");
    for (const Path& set : sets) {
      const std::vector<Value> inputs = read_values(set, "input"), expected = read_values(set, "output");
      const Tensors outputs = run(model, inputs);
      if (expected.empty() || expected.size() > outputs.size())
        fail("{} outputs, and {} are expected", outputs.size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i)
        if (const std::string problem = difference(outputs[i], expected[i]); !problem.empty())
          fail("output {}: {}", i, problem);
    }
  } catch (const NotExpressible& reason) {
    outcome.kind = Outcome::not_expressible;
    outcome.reason = reason.what();
  } catch (const std::exception& error) {
    outcome.kind = Outcome::failed;
    outcome.reason = fmt::format("{}: {}", folder.filename().string(), error.what());
  }
  return outcome;
}

std::vector<Path> all_cases() {
  std::vector<Path> all;
  for (const char* part : {"node", "pytorch-converted", "pytorch-operator", "simple", "real"})
    for (const Path& folder : sorted_folders(package_folder() / part)) all.push_back(folder);
  return all;
}

}  // namespace latent::onnx
