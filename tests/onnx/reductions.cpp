// Operators along axes: sums, extremes, running sums, softmax.
#include "tests/onnx/tables.h"

namespace latent::onnx {
namespace {

using In = const Call&;
using Reduce = Tensor (*)(const Tensor&, const Axes&, bool);
constexpr auto call = Operator::call, composition = Operator::composition;

Operator reduction(const char* name, Reduce f, decltype(call) kind = call) {
  return {name, kind, [f](In c) -> Results {
            const Tensor x = c[0];
            const std::vector<Index> axes = c.integers(1, "axes");
            if (axes.empty() && c.integer("noop_with_empty_axes", 0)) return x;
            return f(x, axes.empty() ? axes_from(0, x.rank()) : Shape(axes), c.integer("keepdims", 1) != 0);
          }};
}

// Of equal ones the first, or the last: the first of the flipped.
Tensor argmax_along_axis(const Tensor& x, In c) {
  const Index axis = c.integer("axis", 0);
  const bool keepdim = c.integer("keepdims", 1) != 0;
  if (!c.integer("select_last_index", 0)) return argmax(x, axis, keepdim);
  return double(x.size(axis) - 1) - cast(argmax(flip(x, axis), axis, keepdim), DType::f64);
}

Results running_sum(In c) {
  const Index axis = c.integers(1).at(0);
  const bool is_reverse = c.integer("reverse", 0) != 0;
  Tensor y = cumsum(is_reverse ? flip(c[0], axis) : c[0], axis);
  if (c.integer("exclusive", 0)) {  // without the element itself: all one place further
    std::vector<Padding> amounts(std::size_t(y.rank()), Padding{0, 0});
    amounts[std::size_t(axis < 0 ? axis + y.rank() : axis)] = {1, -1};
    y = pad(y, amounts);
  }
  return is_reverse ? flip(y, axis) : y;
}

Results largest(In c) {
  const Index k = c.has(1) ? c.integers(1).at(0) : c.integer("k", 1);
  const auto [values, indices] = topk(c.as_is(0), k, c.integer("axis", -1), c.integer("largest", 1) != 0);
  return Tensors{values, indices};
}

// Before version 13 all axes from `axis` on were one.
Operator along_axis(const char* name, Tensor (*f)(const Tensor&, Index), decltype(call) kind = call) {
  return {name, kind, [f](In c) {
            const Tensor x = c[0];
            if (c.opset >= 13) return f(x, c.integer("axis", -1));
            const Index axis = c.integer("axis", 1),
                        before = elements(x.shape().first(axis < 0 ? axis + x.rank() : axis));
            return reshape(f(reshape(x, {before, x.size() / before}), 1), x.shape());
          }};
}

Tensor hardmax(const Tensor& x, Index axis) {
  const Tensor last = transpose(x, axis, -1);
  return transpose(one_hot(argmax(last), last.size(-1), x.dtype()), axis, -1);
}

}  // namespace

// clang-format off
std::vector<Operator> reduction_table() {
  return {
      reduction("ReduceSum", sum), reduction("ReduceMean", mean), reduction("ReduceMax", max),
      reduction("ReduceMin", min), reduction("ReduceLogSumExp", logsumexp),
      reduction("ReduceL1", [](const Tensor& x, const Axes& axes, bool keep) { return sum(abs(x), axes, keep); }, composition),
      reduction("ReduceL2", [](const Tensor& x, const Axes& axes, bool keep) { return sqrt(sum(x * x, axes, keep)); }, composition),
      reduction("ReduceLogSum", [](const Tensor& x, const Axes& axes, bool keep) { return log(sum(x, axes, keep)); }, composition),
      reduction("ReduceSumSquare", [](const Tensor& x, const Axes& axes, bool keep) { return sum(x * x, axes, keep); }, composition),
      {"ArgMax", call, [](In c) { return argmax_along_axis(c[0], c); }},
      {"ArgMin", composition, [](In c) { return argmax_along_axis(-c[0], c); }},
      {"CumSum", composition, running_sum},
      {"TopK", call, largest},
      along_axis("Softmax", softmax), along_axis("LogSoftmax", log_softmax),
      along_axis("Hardmax", hardmax, composition),
  };
}
// clang-format on

}  // namespace latent::onnx
