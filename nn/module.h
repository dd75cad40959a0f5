// A Module names its parameters and its children; everything else about it is ordinary C++.  Like a Tensor it is a
// handle: copies share their parameters.
#pragma once
#include <concepts>
#include <map>
#include <optional>
#include <variant>

#include "engine/graph.h"
#include "engine/ops.h"

namespace latent::nn {

using Parameter = Named;
using Parameters = std::vector<Parameter>;

class Module {
 public:
  Parameters parameters() const;  // in the order of construction; a shared one appears once, by its first name
  Index parameter_count() const;
  void zero_grad() const;

 protected:
  // Both register their argument and return it; Error if the name is taken.  An undefined tensor (the bias of a layer
  // without one) is left out.
  Tensor parameter(const std::string& name, Tensor value);

  // Registers the parts of a module as this module's own, without a prefix to their names.
  template <std::derived_from<Module> M> M inlined(M module) {
    for (const Entry& entry : *static_cast<const Module&>(module).entries_)
      add(entry.name, entry.tensor, entry.children);
    return module;
  }

  template <std::derived_from<Module> M> M child(const std::string& name, M module) {
    add(name, {}, static_cast<const Module&>(module).entries_);
    return module;
  }

  template <std::derived_from<Module> M> std::vector<M> child(const std::string& name, std::vector<M> modules) {
    for (std::size_t i = 0; i < modules.size(); ++i) child(name + "." + std::to_string(i), modules[i]);
    return modules;
  }
  template <std::derived_from<Module> M> std::optional<M> child(const std::string& name, std::optional<M> module) {
    if (module) child(name, *module);
    return module;
  }
  template <std::derived_from<Module>... M>
  std::variant<M...> child(const std::string& name, std::variant<M...> module) {
    std::visit([&](const auto& chosen) { child(name, chosen); }, module);
    return module;
  }

 private:
  struct Entry;
  using Entries = std::vector<Entry>;
  struct Entry {
    std::string name;
    Tensor tensor;
    std::shared_ptr<Entries> children;  // of a module; null for a parameter
  };

  void add(const std::string& name, const Tensor& tensor, const std::shared_ptr<Entries>& children);
  static void list(const Entries& entries, const std::string& prefix, Parameters& all);

  std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();
};

using NamedTensors = std::map<std::string, Tensor>;

NamedTensors named_tensors(const Module& model);  // they share the parameters' memory; for save_tensors()

// Overwrites every parameter.  Unless names, shapes and types agree exactly, an Error lists all that is missing, extra
// or different, and nothing is changed.
void load_parameters(const Module& model, const NamedTensors& values);

// The same for any list of tensors; `what` begins the message.
void load_values(const std::string& what, const Parameters& targets, const NamedTensors& values);

}  // namespace latent::nn
