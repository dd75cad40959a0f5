// The output of f is projected on a random cotangent c: L = sum(f(x) c) is one number.  The gradient of L by the rules
// must equal its slope by central differences.  The next order does the same with the gradient, projected again.
#include "engine/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/ops.h"

namespace latent {
namespace {

// A copy of an input with the same strides.  The memory between its values holds NaN, to reveal ops that read it.
struct Probe {
  Tensor memory;              // every stored value once
  Tensor view;                // a leaf with the input's shape and strides
  std::vector<Index> places;  // of each element in `memory`; elements along a broadcast axis share one
};

// The offset of each element, in row-major order, from the first.
std::vector<Index> element_offsets(const Tensor& x) {
  std::vector<Index> offsets = {0};
  for (Index axis = 0; axis < x.rank(); ++axis) {
    std::vector<Index> longer;
    for (const Index offset : offsets) {
      for (Index i = 0; i < x.size(axis); ++i) longer.push_back(offset + i * x.strides()[axis]);
    }
    offsets = std::move(longer);
  }
  return offsets;
}

Probe make_probe(const Tensor& x) {
  Probe probe;
  probe.places = element_offsets(x);
  if (probe.places.empty()) {
    probe.memory = probe.view = Tensor::empty(x.shape(), x.dtype());
  } else {
    const auto [lowest, highest] = std::ranges::minmax(probe.places);
    for (Index& place : probe.places) place -= lowest;
    probe.memory = full({highest - lowest + 1}, std::numeric_limits<double>::quiet_NaN(), DType::f64);
    const std::vector<double> values = x.values();
    double* memory = probe.memory.mutable_data<double>();
    for (std::size_t i = 0; i < values.size(); ++i) memory[probe.places[i]] = values[i];
    probe.view = probe.memory.view(x.shape(), x.strides(), -lowest);
  }
  probe.view.require_grad();
  return probe;
}

class Check {
 public:
  Check(const Function& f, const Tensors& inputs, const GradcheckOptions& options) : f_(f), options_(options) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].dtype() != DType::f64) {
        fail("gradcheck: input {} is {}, and f64 is needed", i, to_string(inputs[i].dtype()));
      }
      probes_.push_back(make_probe(inputs[i]));
      views_.push_back(probes_.back().view);
    }
  }

  GradcheckResult run() {
    const Recording on(true);
    for (int order = 1; order <= options_.order; ++order) check(order);
    result_.ok = result_.worst <= options_.tolerance;
    return result_;
  }

 private:
  // A fused op has two gradients: its kernel's and, while recorded, its composed definition's.  Both must agree with
  // the slopes, which are differences of the kernel's result one order below.
  void check(int order) {
    const bool again = order < options_.order;
    const Tensors gradients = differentiate(projection(order, true), false);
    const Tensors recorded = again ? differentiate(projection(order, true), true) : gradients;
    for (std::size_t input = 0; input < probes_.size(); ++input) {
      const std::vector<double> slopes = numeric_slopes(order, probes_[input]);
      compare(order, input, gradients[input], slopes);
      if (again) compare(order, input, recorded[input], slopes);
    }
  }

  // Zeros if y has no history: the gradient of a linear function is a constant.
  Tensors differentiate(const Tensor& y, bool recorded) const {
    if (y.requires_grad()) return grad(y, views_, recorded);
    Tensors gradients;
    for (const Tensor& view : views_) gradients.push_back(zeros_like(view));
    return gradients;
  }

  // All derivatives of order - 1, projected to one number.  `recorded`: the number will be differentiated.
  Tensor projection(int order, bool recorded) const {
    Generator directions = Generator(options_.seed).fold_in(static_cast<std::uint64_t>(order));
    const auto project = [&](const Tensor& y) { return sum(y * randn(y.shape(), directions, y.dtype())); };
    if (order == 1) return project(f_(views_));
    Tensor total = scalar(0, DType::f64);
    for (const Tensor& gradient : differentiate(projection(order - 1, true), recorded)) {
      total = total + project(gradient);
    }
    return total;
  }

  // Central differences, one for each stored value of the input.
  std::vector<double> numeric_slopes(int order, const Probe& probe) const {
    std::vector<double> slopes(static_cast<std::size_t>(probe.memory.size()), 0.0);
    for (std::size_t place = 0; place < slopes.size(); ++place) {
      const double value = probe.memory.data<double>()[place];
      if (std::isnan(value)) continue;
      const auto moved = [&](double step) {
        probe.memory.mutable_data<double>()[place] = value + step;
        return projection(order, false).item();
      };
      slopes[place] = (moved(options_.step) - moved(-options_.step)) / (2 * options_.step);
      probe.memory.mutable_data<double>()[place] = value;
    }
    return slopes;
  }

  // Elements that share a stored value move together, so their gradients add up.
  void compare(int order, std::size_t input, const Tensor& gradient, const std::vector<double>& slopes) {
    const std::vector<double> by_element = gradient.values();
    const std::vector<Index>& places = probes_[input].places;
    std::vector<double> by_place(slopes.size(), 0.0);
    for (std::size_t i = 0; i < by_element.size(); ++i) by_place[places[i]] += by_element[i];
    for (std::size_t i = 0; i < by_element.size(); ++i) {
      const double analytic = by_place[places[i]], numeric = slopes[places[i]];
      const double error = std::abs(analytic - numeric) / std::max(1.0, std::abs(numeric));
      if (error <= result_.worst) continue;
      result_.worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
      result_.where = fmt::format("order {}: input {}, element {}: analytic {:.10g}, numeric {:.10g}", order, input, i,
                                  analytic, numeric);
    }
  }

  const Function& f_;
  const GradcheckOptions& options_;
  std::vector<Probe> probes_;
  Tensors views_;
  GradcheckResult result_;
};

}  // namespace

GradcheckResult gradcheck(const Function& f, const Tensors& inputs, const GradcheckOptions& options) {
  return Check(f, inputs, options).run();
}

}  // namespace latent
