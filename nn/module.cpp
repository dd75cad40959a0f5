#include "nn/module.h"

#include <set>

namespace latent::nn {

void Module::add(const std::string& name, const Tensor& tensor, const std::shared_ptr<Entries>& children) {
  for (const Entry& entry : *entries_)
    if (entry.name == name) fail("Module: there are two parts named {}; names must differ", name);
  entries_->push_back({name, tensor, children});
}

Tensor Module::parameter(const std::string& name, Tensor value) {
  if (!value.defined()) return value;
  if (!value.requires_grad()) value.require_grad();
  add(name, value, nullptr);
  return value;
}

void Module::list(const Entries& entries, const std::string& prefix, Parameters& all) {
  for (const Entry& entry : entries) {
    if (entry.children) {
      list(*entry.children, prefix + entry.name + ".", all);
    } else {
      all.push_back({prefix + entry.name, entry.tensor});
    }
  }
}

Parameters Module::parameters() const {
  Parameters all;
  list(*entries_, "", all);
  std::set<std::shared_ptr<Node>> seen;
  std::erase_if(all, [&](const Parameter& p) { return !seen.insert(p.tensor.node()).second; });
  return all;
}

Index Module::parameter_count() const {
  Index count = 0;
  for (const auto& [name, tensor] : parameters()) count += tensor.size();
  return count;
}

void Module::zero_grad() const {
  for (const auto& [name, tensor] : parameters()) tensor.zero_grad();
}

NamedTensors named_tensors(const Module& model) {
  NamedTensors all;
  for (const auto& [name, tensor] : model.parameters()) all[name] = tensor.detach();
  return all;
}

void load_parameters(const Module& model, const NamedTensors& values) {
  load_values("the weights do not fit the model", model.parameters(), values);
}

void load_values(const std::string& what, const Parameters& targets, const NamedTensors& values) {
  std::string problems;
  std::set<std::string> known;
  for (const auto& [name, target] : targets) {
    known.insert(name);
    const auto found = values.find(name);
    if (found == values.end()) {
      problems += fmt::format("\n  missing: {} {}", name, target.shape());
      continue;
    }
    const Tensor& value = found->second;
    if (value.shape() != target.shape())
      problems += fmt::format("\n  shape: {} is {}, and {} is needed", name, value.shape(), target.shape());
    if (value.dtype() != target.dtype())
      problems += fmt::format("\n  type: {} is {}, and {} is needed", name, to_string(value.dtype()),
                              to_string(target.dtype()));
  }
  for (const auto& [name, value] : values)
    if (!known.contains(name)) problems += fmt::format("\n  extra: {} {}", name, value.shape());
  if (!problems.empty()) fail("{}:{}", what, problems);

  for (const auto& [name, target] : targets) target.copy_from(values.at(name));
}

}  // namespace latent::nn
