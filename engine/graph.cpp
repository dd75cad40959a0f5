#include "engine/graph.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace latent {
namespace {

using Path = std::vector<std::string>;  // of modules, outermost first

Path path_of(const std::string& name) {
  Path path;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = name.find('.', begin)) != std::string::npos; begin = dot + 1)
    path.push_back(name.substr(begin, dot - begin));
  return path;
}

std::string joined(const Path& path) {
  std::string text;
  for (const std::string& part : path) text += (text.empty() ? "" : ".") + part;
  return text;
}

using Around = std::optional<Path>;  // the module around a node; empty: unknown

Around common(const Around& a, const Around& b) {
  if (!a || !b) return a ? a : b;
  return Path(a->begin(), std::ranges::mismatch(*a, *b).in1);
}

// A node of the picture.  Its inputs are older and have smaller indices.
struct Vertex {
  const Node* node;
  Shape shape;
  std::string name;  // of a leaf
  std::vector<std::size_t> inputs;
  Path module;

  bool is_leaf() const { return node->is_leaf(); }
};

std::vector<Vertex> vertices_of(const Tensor& result, const std::vector<Named>& leaves) {
  std::map<std::uint64_t, Vertex> found;
  std::vector<const Node*> waiting{result.node().get()};
  found[waiting[0]->id] = {waiting[0], result.shape(), {}, {}, {}};
  while (!waiting.empty()) {
    const Node& node = *waiting.back();
    waiting.pop_back();
    if (node.released) fail("draw_graph: {}: its history was released by backward(); draw before that", node.op);
    for (const auto& [parent, shape] : node.parents)
      if (found.try_emplace(parent->id, Vertex{parent.get(), shape, {}, {}, {}}).second)
        waiting.push_back(parent.get());
  }
  std::map<const Node*, std::string> name_of;
  for (const auto& [name, tensor] : leaves) name_of[tensor.node().get()] = name;
  std::map<const Node*, std::size_t> place;
  std::vector<Vertex> all;
  for (auto& [id, vertex] : found) {
    for (const auto& parent : vertex.node->parents) vertex.inputs.push_back(place.at(parent.node.get()));
    if (vertex.is_leaf() && name_of.contains(vertex.node)) vertex.name = name_of[vertex.node];
    place[vertex.node] = all.size();
    all.push_back(std::move(vertex));
  }
  return all;
}

// The innermost module of a node's parameters; without parameters, the module common to its inputs and its users.
void find_modules(std::vector<Vertex>& all) {
  std::vector<Around> own(all.size()), before(all.size()), behind(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].is_leaf()) continue;
    for (const std::size_t input : all[i].inputs) {
      if (all[input].is_leaf() && !all[input].name.empty()) own[i] = common(own[i], path_of(all[input].name));
      before[i] = common(before[i], before[input]);
    }
    if (own[i]) before[i] = own[i];
  }
  for (std::size_t i = all.size(); i-- > 0;) {
    if (own[i]) behind[i] = own[i];
    for (const std::size_t input : all[i].inputs) behind[input] = common(behind[input], behind[i]);
    const Around around = own[i] ? own[i] : before[i] && behind[i] ? common(before[i], behind[i]) : std::nullopt;
    all[i].module = all[i].is_leaf() ? path_of(all[i].name) : around.value_or(Path());
  }
}

// Ops that are drawn as one.
struct Group {
  Path module;
  std::vector<std::size_t> members;
  std::set<std::size_t> inputs;  // other groups
  Index parameters = 0;
};

bool reaches(const std::vector<Group>& groups, std::size_t from, std::size_t wanted) {
  std::set<std::size_t> seen{from};
  std::vector<std::size_t> waiting{from};
  while (!waiting.empty()) {
    const std::size_t group = waiting.back();
    waiting.pop_back();
    if (group == wanted) return true;
    for (const std::size_t input : groups[group].inputs)
      if (seen.insert(input).second) waiting.push_back(input);
  }
  return false;
}

// Groups the ops by module, cut at this depth.  An op joins a group of its module unless that would make a cycle.
std::vector<Group> fold(const std::vector<Vertex>& all, std::size_t depth) {
  std::vector<Group> groups;
  std::vector<std::size_t> group_of(all.size());
  std::set<std::size_t> counted;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].is_leaf()) continue;
    Path module = all[i].module;
    module.resize(std::min(module.size(), depth));
    std::set<std::size_t> inputs;
    for (const std::size_t input : all[i].inputs)
      if (!all[input].is_leaf()) inputs.insert(group_of[input]);
    const auto fits = [&](std::size_t group) {
      if (module.empty() || groups[group].module != module) return false;
      return std::ranges::none_of(inputs,
                                  [&](std::size_t other) { return other != group && reaches(groups, other, group); });
    };
    auto found = std::ranges::find_if(inputs, fits);
    if (found == inputs.end()) {  // no input is in such a group: join one beside it, as keys join queries
      for (std::size_t group = groups.size(); group-- > 0 && found == inputs.end();)
        if (fits(group)) found = inputs.insert(group).first;
    }
    if (found == inputs.end()) {
      groups.push_back({module, {}, {}});
      found = inputs.insert(groups.size() - 1).first;
    }
    const std::size_t group = *found;
    inputs.erase(group);
    group_of[i] = group;
    groups[group].members.push_back(i);
    groups[group].inputs.insert(inputs.begin(), inputs.end());
    for (const std::size_t input : all[i].inputs)
      if (all[input].is_leaf() && counted.insert(input).second) groups[group].parameters += elements(all[input].shape);
  }
  return groups;
}

std::string quoted(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

constexpr const char* head = R"(digraph {
  rankdir=BT
  node [shape=box style=filled fillcolor="#eef2fb" color="#8aa0c8" fontname="sans-serif" fontsize=11]
  edge [color="#8a8f98"]
)";
constexpr const char* leaf_fill = R"( fillcolor="#fdf3e1" color="#c8a86a")";  // of leaves and of boxes with parameters

std::string draw_all(const std::vector<Vertex>& all) {
  std::string text = head;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Vertex& vertex = all[i];
    const std::string name = quoted(vertex.name.empty() ? vertex.node->op : vertex.name);
    text += fmt::format("  n{} [label=\"{}\\n{}\"{}]\n", i, name, vertex.shape,
                        vertex.is_leaf() ? std::string(" shape=ellipse") + leaf_fill : "");
    for (const std::size_t input : vertex.inputs) text += fmt::format("  n{} -> n{}\n", input, i);
  }
  return text + "}\n";
}

std::string label_of(const Group& group, const std::vector<Vertex>& all) {
  Around module;
  for (const std::size_t member : group.members) module = common(module, all[member].module);
  const Vertex& last = all[group.members.back()];
  std::string label = group.module.empty() ? "" : quoted(joined(*module)) + "\\n";
  label += group.members.size() == 1 ? quoted(last.node->op) : fmt::format("{} ops", group.members.size());
  if (group.parameters > 0) label += fmt::format("\\n{} parameters", group.parameters);
  return label + fmt::format("\\n{}", last.shape);
}

std::string draw_folded(const std::vector<Vertex>& all, const std::vector<Group>& groups) {
  std::string text = head;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const char* const fill = groups[i].parameters > 0 ? leaf_fill : "";
    text += fmt::format("  n{} [label=\"{}\"{}]\n", i, label_of(groups[i], all), fill);
    for (const std::size_t input : groups[i].inputs) text += fmt::format("  n{} -> n{}\n", input, i);
  }
  return text + "}\n";
}

}  // namespace

std::string draw_graph(const Tensor& result, const std::vector<Named>& leaves, Index most) {
  if (!result.defined() || !result.requires_grad())
    fail("draw_graph: the tensor has no history: nothing that requires a gradient went into it, or recording was off");
  std::vector<Vertex> all = vertices_of(result, leaves);
  if (Index(all.size()) <= most) return draw_all(all);
  find_modules(all);
  std::size_t depth = 1;
  for (const Vertex& vertex : all) depth = std::max(depth, vertex.module.size());
  std::vector<Group> groups = fold(all, depth);
  while (depth > 1 && Index(groups.size()) > most) groups = fold(all, --depth);
  return draw_folded(all, groups);
}

}  // namespace latent
