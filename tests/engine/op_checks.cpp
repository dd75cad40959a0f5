#include "tests/engine/op_checks.h"

#include <algorithm>
#include <cmath>

#include "tests/settings.h"

namespace latent::test {

std::string difference(const Tensor& actual, const Tensor& expected, double tolerance) {
  if (actual.shape() != expected.shape()) return fmt::format("shape {} and not {}", actual.shape(), expected.shape());
  const std::vector<double> a = actual.values(), e = expected.values();
  double largest = 1;
  for (double value : e)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < e.size(); ++i) {
    const bool same = a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i]));
    if (!same && !(std::abs(a[i] - e[i]) <= tolerance * largest))
      return fmt::format("element {} of {} is {:.17g} and not {:.17g}", i, actual.shape(), a[i], e[i]);
  }
  return "";
}

Tensors differentiable(const OpRow& row, const Tensors& inputs) {
  Tensors chosen;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (row.operands[i].has_gradient) chosen.push_back(inputs[i]);
  return chosen;
}

Function of_differentiable(const OpRow& row, const Tensors& inputs, const Function& f) {
  return [=](In chosen) {
    Tensors all = inputs;
    for (size_t i = 0, next = 0; i < all.size(); ++i)
      if (row.operands[i].has_gradient) all[i] = chosen[next++];
    return f(all);
  };
}

std::string check_value(const OpRow& row, DType dtype) {
  const Tensors inputs = make_inputs(row, dtype);
  const Tensor expected = row.naive(inputs);
  std::string problem;
  for_each_level([&](const std::string& level) {
    for (const Layout& layout : layouts()) {
      if (!problem.empty()) return;
      problem = difference(row.op(arranged(inputs, layout)), expected, dtype == DType::f32 ? 2e-6 : 2e-14);
      if (!problem.empty()) problem = fmt::format("at {}, {}: {}", level, layout.name, problem);
    }
  });
  return problem;
}

// The square makes the cotangent depend on the inputs, so that even a linear op has a second derivative.
static Function squared(const OpRow& row) {
  return [&row](In x) {
    const Tensor y = row.op(x);
    return y * y;
  };
}

std::string check_gradient(const OpRow& row, int order) {
  Tensors inputs = make_inputs(row);
  if (row.differentiable) {
    const GradcheckResult result =
        gradcheck(of_differentiable(row, inputs, squared(row)), differentiable(row, inputs), {.order = order});
    return result.ok ? "" : result.where;
  }
  for (Tensor& input : inputs) input.require_grad();
  return row.op(inputs).requires_grad() ? "the result has a history, and none is expected" : "";
}

// The value, its gradients by the kernels and by the recorded rules, and the gradients of those.
static Tensors derivatives(const OpRow& row, Tensors inputs) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (row.operands[i].has_gradient && !inputs[i].requires_grad()) inputs[i].require_grad();
  const Tensors leaves = differentiable(row, inputs);
  Generator generator(3);
  const auto project = [&](const Tensor& y) { return sum(y * randn(y.shape(), generator, y.dtype())); };
  const Tensor loss = project(squared(row)(inputs));
  Tensors all = grad(loss, leaves), recorded = grad(loss, leaves, true);
  Tensor total = scalar(0, DType::f64);
  for (const Tensor& gradient : recorded) total = total + project(gradient);
  for (const Tensor& second : grad(total, leaves)) recorded.push_back(second);
  all.insert(all.end(), recorded.begin(), recorded.end());
  all.push_back(row.op(inputs));
  return all;
}

static std::string compare(const Tensors& actual, const Tensors& expected) {
  for (size_t i = 0; i < expected.size(); ++i)
    if (const std::string problem = difference(actual[i], expected[i], 1e-12); !problem.empty())
      return fmt::format("derivative {} of {}: {}", i, expected.size(), problem);
  return "";
}

std::string check_layouts(const OpRow& row) {
  if (!row.differentiable) return "";
  const Tensors inputs = make_inputs(row), expected = derivatives(row, inputs);
  for (const Layout& layout : layouts())
    if (const std::string problem = compare(derivatives(row, arranged(inputs, layout)), expected); !problem.empty())
      return fmt::format("{}: {}", layout.name, problem);
  return "";
}

std::string check_broadcast(const OpRow& row) {
  if (!row.differentiable) return "";
  for (size_t operand = 0; operand < row.operands.size(); ++operand)
    for (Index axis = 0; axis < row.operands[operand].shape.rank() && row.operands[operand].has_gradient; ++axis) {
      const Shape wide = row.operands[operand].shape;
      OpRow narrow = row;
      narrow.operands[operand].shape[axis] = 1;
      Tensors inputs = make_inputs(narrow);
      const auto f = [&](In x) {
        Tensors all = inputs;
        all[operand] = broadcast_to(x[0], wide);
        return squared(row)(all);
      };
      const GradcheckResult result = gradcheck(f, {inputs[operand]}, {.order = 2});
      inputs[operand] = broadcast_to(inputs[operand], wide);
      Tensors copied = inputs;
      copied[operand] = contiguous(inputs[operand]);
      std::string problem = result.ok ? compare(derivatives(row, inputs), derivatives(row, copied)) : result.where;
      if (!problem.empty()) return fmt::format("operand {} broadcast along axis {}: {}", operand, axis, problem);
    }
  return "";
}

std::string check_owned(const OpRow& row) {
  if (!row.differentiable) return "";
  for (const bool project : {false, true})
    for (const Layout& layout : layouts()) {
      Tensors inputs = arranged(make_inputs(row), layout);
      for (size_t i = 0; i < inputs.size(); ++i)
        if (row.operands[i].has_gradient) inputs[i].require_grad();
      const Tensors leaves = differentiable(row, inputs);
      Generator generator(4);
      const auto loss = [&] {  // of the sum alone all cotangents are one number, seen at all positions
        const Tensor y = row.op(inputs);
        return project ? sum(y * randn(y.shape(), generator, y.dtype())) : sum(y);
      };
      Tensors gradients = grad(loss(), leaves);
      backward(loss());
      for (const Tensor& leaf : leaves) gradients.push_back(leaf.grad());
      for (const Tensor& leaf : leaves) leaf.zero_grad();
      for (size_t i = 0; i < gradients.size(); ++i) {
        const Tensor& g = gradients[i];
        if (!g.is_contiguous() || g.storage().use_count() != 1 || g.storage()->bytes != g.size() * bytes_of(g.dtype()))
          return fmt::format("{}: gradient {} of {} does not own its memory", layout.name, i, gradients.size());
      }
    }
  return "";
}

std::string check_overwritten(const OpRow& row) {
  if (!row.differentiable) return "";
  for (size_t written = 0; written <= row.operands.size(); ++written)
    for (const bool create_graph : {false, true}) {
      Tensors inputs = make_inputs(row);
      for (size_t i = 0; i < inputs.size(); ++i)
        if (row.operands[i].has_gradient) inputs[i].require_grad();
      const Tensor y = row.op(inputs), victim = written < inputs.size() ? inputs[written] : y;
      const auto gradients = [&] {
        Generator generator(4);
        return grad(y, differentiable(row, inputs), create_graph, randn(y.shape(), generator, y.dtype()));
      };
      const Tensors before = gradients();
      const Shape one = Shape::filled(victim.rank(), 1);
      with_type(victim.dtype(), [&](auto zero) { *victim.view(one, one).mutable_data<decltype(zero)>() = 0; });
      try {
        if (compare(gradients(), before) != "")
          return fmt::format("operand {} of {} was overwritten unseen", written, inputs.size());
      } catch (const Error& error) {
        if (std::string(error.what()).find("overwritten") == std::string::npos) return error.what();
      }
    }
  return "";
}

std::string check_f32_gradient(const OpRow& row) {
  const auto gradients = [&](DType dtype) {
    Tensors inputs = make_inputs(row, DType::f32);  // the same numbers in both types
    for (size_t i = 0; i < inputs.size(); ++i) {
      inputs[i] = cast(inputs[i], dtype);
      if (row.operands[i].has_gradient) inputs[i].require_grad();
    }
    const Tensor y = row.op(inputs);
    Generator generator(2);
    return grad(y, differentiable(row, inputs), false, cast(randn(y.shape(), generator), dtype));
  };
  if (!row.differentiable) return "";
  const Tensors narrow = gradients(DType::f32), wide = gradients(DType::f64);
  for (size_t i = 0; i < wide.size(); ++i)
    if (const std::string problem = difference(narrow[i], wide[i], 1e-5); !problem.empty())
      return fmt::format("gradient of operand {}: {}", i, problem);
  return "";
}

}  // namespace latent::test
