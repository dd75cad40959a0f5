#include "nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/update.h"

namespace latent::nn {
namespace {

// The names of a rule's state tensors for each parameter
const std::vector<std::string>& memory_names(const UpdateRule& rule) {
  static const std::vector<std::string> momentum = {"momentum"}, moments = {"first_moment", "second_moment"};
  return std::holds_alternative<SGD>(rule) ? momentum : moments;
}

struct Move {
  double lr, weight_decay;
  Index step;  // from 1
};

void update(const SGD& rule, const Move& move, const Tensor& parameter, const Tensor& gradient, const Tensors& memory) {
  sgd_update({move.lr, move.weight_decay, rule.momentum, rule.nesterov}, gradient, parameter, memory[0]);
}

// to = keep p + move m̂ / (sqrt(v̂) + eps)
template <class Rule>
void adam(const Rule& rule, Index step, const Tensor& gradient, const Tensors& memory, double keep, double move,
          const Tensor& parameter, const Tensor& to) {
  const AdamStep adam = {.beta1 = rule.beta1,
                         .beta2 = rule.beta2,
                         .eps = rule.eps,
                         .correction1 = 1 - std::pow(rule.beta1, double(step)),
                         .correction2 = 1 - std::pow(rule.beta2, double(step)),
                         .keep = keep,
                         .move = move};
  adam_update(adam, gradient, memory[0], memory[1], parameter, to);
}

void update(const AdamW& rule, const Move& move, const Tensor& parameter, const Tensor& gradient,
            const Tensors& memory) {
  adam(rule, move.step, gradient, memory, 1 - move.lr * move.weight_decay, -move.lr, parameter, parameter);
}

void update(const LAMB& rule, const Move& move, const Tensor& parameter, const Tensor& gradient,
            const Tensors& memory) {
  const Tensor step = Tensor::empty(parameter.shape(), parameter.dtype());
  adam(rule, move.step, gradient, memory, move.weight_decay, 1, parameter, step);
  const double size = std::sqrt(sum_of_squares(parameter)), step_size = std::sqrt(sum_of_squares(step));
  const double ratio = size > 0 && step_size > 0 ? size / step_size : 1;
  parameter.copy_from(parameter.detach() - step * (move.lr * ratio));
}

}  // namespace

ParameterGroups decay_groups(const Module& model, double weight_decay) {
  ParameterGroup decayed{{}, weight_decay}, others;
  for (const Parameter& p : model.parameters())
    (p.name.ends_with("weight") && p.tensor.rank() == 2 ? decayed : others).parameters.push_back(p);
  return {decayed, others};
}

double sum_of_squares(const Tensor& x) {
  const Tensor wide = cast(x.detach(), DType::f64);
  return sum(wide * wide).item();
}

double clip_grad_norm(const Parameters& parameters, double max_norm) {
  NoGrad off;
  std::map<std::shared_ptr<Node>, Tensor> leaves;  // a tensor with several names counts once
  double squares = 0;
  for (const auto& [name, tensor] : parameters)
    if (tensor.grad().defined() && leaves.emplace(tensor.node(), tensor).second)
      squares += sum_of_squares(tensor.grad());
  const double total = std::sqrt(squares);
  if (total > max_norm)
    for (const auto& [node, tensor] : leaves) tensor.set_grad(tensor.grad() * (max_norm / total));
  return total;
}

// Each parameter moves once in a step, so no two may be the same tensor or share memory.
static void check_apart(const ParameterGroups& groups) {
  struct Span {
    std::uintptr_t begin, end;
    const std::string* name;
  };
  std::vector<Span> spans;
  for (const ParameterGroup& group : groups)
    for (const Parameter& p : group.parameters) {
      const auto begin = with_type(p.tensor.dtype(), [&](auto zero) {
        return reinterpret_cast<std::uintptr_t>(p.tensor.data<decltype(zero)>());
      });
      const auto bytes = std::uintptr_t(p.tensor.size() * bytes_of(p.tensor.dtype()));
      if (bytes > 0) spans.push_back({begin, begin + bytes, &p.name});
    }
  std::ranges::sort(spans, {}, &Span::begin);
  for (std::size_t i = 1; i < spans.size(); ++i)
    if (spans[i].begin < spans[i - 1].end) {
      const auto& [first, second] = std::minmax(*spans[i - 1].name, *spans[i].name);
      fail("Optimizer: {} and {} are one tensor or share memory; each must be named once", first, second);
    }
}

Optimizer::Optimizer(UpdateRule rule, const ParameterGroups& groups) : rule_(rule), steps_(scalar(0, DType::i64)) {
  std::set<std::string> names;
  for (const ParameterGroup& group : groups)
    for (const Parameter& p : group.parameters) {
      if (!names.insert(p.name).second) fail("Optimizer: two parameters are named {}; names must differ", p.name);
      if (!p.tensor.is_contiguous()) fail("Optimizer: {} is a strided view; parameters must be contiguous", p.name);
      Entry& entry = entries_.emplace_back(Entry{p, group.weight_decay, group.lr_scale, {}});
      for (std::size_t i = 0; i < memory_names(rule).size(); ++i) entry.memory.push_back(zeros_like(p.tensor));
    }
  check_apart(groups);
}

void Optimizer::step(double lr) {
  for (const auto& [parameter, weight_decay, lr_scale, memory] : entries_)
    if (!parameter.tensor.grad().defined())
      fail("Optimizer: {} has no gradient; call backward() on a loss that depends on it, or leave it out",
           parameter.name);

  const NoGrad off;
  const Index count = ++*steps_.mutable_data<Index>();
  for (const Entry& entry : entries_) {
    const Tensor& p = entry.parameter.tensor;
    const Move move{lr * entry.lr_scale, entry.weight_decay, count};
    std::visit([&](const auto& rule) { update(rule, move, p, p.grad(), entry.memory); }, rule_);
  }
}

void Optimizer::zero_grad() const {
  for (const Entry& entry : entries_) entry.parameter.tensor.zero_grad();
}

Index Optimizer::steps() const { return *steps_.data<Index>(); }

Parameters Optimizer::remembered() const {
  Parameters all = {{"step", steps_}};
  for (const Entry& entry : entries_)
    for (std::size_t i = 0; i < entry.memory.size(); ++i)
      all.push_back({memory_names(rule_)[i] + "." + entry.parameter.name, entry.memory[i]});
  return all;
}

NamedTensors Optimizer::state() const {
  NamedTensors all;
  for (const auto& [name, tensor] : remembered()) all[name] = tensor;
  return all;
}

void Optimizer::load_state(const NamedTensors& state) {
  load_values("the state does not fit the optimiser", remembered(), state);
}

}  // namespace latent::nn
