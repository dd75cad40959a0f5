// Reductions and products.
#include <numeric>

#include "tests/engine/naive.h"

namespace latent::test {
namespace {

using naive::Line;

OpRow reduction(std::string name, std::string form, Function op, double (*f)(const Line&), Shape axes,
                bool keepdim = false) {
  return {.name = name,
          .form = form,
          .op = op,
          .naive = [=](In x) { return naive::reduce(x[0], axes, keepdim, f); },
          .operands = {{{2, 3, 4}}}};
}

OpRow whole(std::string name, Tensor (*op)(const Tensor&), double (*f)(const Line&)) {
  return reduction(name, "all axes", [op](In x) { return op(x[0]); }, f, {0, 1, 2});
}

std::vector<OpRow> by_axes(std::string name, Tensor (*op)(const Tensor&, const Axes&, bool), double (*f)(const Line&)) {
  const Axes outer{0, -1};
  return {reduction(name, "last axis", [op](In x) { return op(x[0], -1, false); }, f, {2}),
          reduction(name, "middle axis", [op](In x) { return op(x[0], 1, false); }, f, {1}),
          reduction(
              name, "two axes, keepdim", [=](In x) { return op(x[0], outer, true); }, f, {0, 2}, true)};
}

// Needs a value in each group, so the reduced sizes may not be 0.
std::vector<OpRow> choosing(std::vector<OpRow> rows) {
  for (OpRow& row : rows) {
    if (row.form == "last axis") row.never_zero = {4};
    if (row.form == "middle axis") row.never_zero = {3};
    if (row.form == "two axes, keepdim") row.never_zero = {2, 4};
    if (row.form == "all axes") row.never_zero = {2, 3, 4};
  }
  return rows;
}

Tensor population_variance(const Tensor& x, const Axes& axes, bool keepdim) { return var(x, axes, keepdim, 0); }

// To numbers of places: no gradient, and values with ties.
std::vector<OpRow> argmax_rows() {
  std::vector<OpRow> rows{
      reduction("argmax", "last axis", [](In x) { return argmax(x[0]); }, naive::first_largest, {2}),
      reduction(
          "argmax", "middle axis", [](In x) { return argmax(x[0], 1, true); }, naive::first_largest, {1}, true)};
  for (OpRow& row : rows) {
    row.differentiable = false;
    row.operands[0].values = Values::few;
  }
  return rows;
}

OpRow running_sum(std::string form, Index axis) {
  const auto naive = [](Line line) {
    std::partial_sum(line.begin(), line.end(), line.begin());
    return line;
  };
  return {.name = "cumsum",
          .form = form,
          .op = [=](In x) { return cumsum(x[0], axis); },
          .naive = [=](In x) { return naive::along(x[0], axis < 0 ? axis + x[0].rank() : axis, naive); },
          .operands = {{{2, 3, 4}}}};
}

}  // namespace

std::vector<OpRow> reduction_rows() {
  std::vector<OpRow> rows;
  for (const auto& more : {std::vector{whole("sum", sum, naive::sum), whole("mean", mean, naive::mean),
                                       whole("var", var, naive::variance)},
                           by_axes("sum", sum, naive::sum),
                           by_axes("mean", mean, naive::mean),
                           by_axes("var", population_variance, naive::deviation),
                           by_axes("logsumexp", logsumexp, naive::log_sum_exp),
                           choosing({whole("max", max, naive::largest), whole("min", min, naive::smallest)}),
                           choosing(by_axes("max", max, naive::largest)),
                           choosing(by_axes("min", min, naive::smallest)),
                           choosing(argmax_rows()),
                           {running_sum("last axis", -1), running_sum("first axis", 0)}})
    rows.insert(rows.end(), more.begin(), more.end());
  rows.push_back({.name = "sum_to",
                  .op =
                      [](In x) {
                        return sum_to(x[0], {x[0].size(1), 1});
                      },
                  .naive =
                      [](In x) {
                        const Tensor y = naive::reduce(x[0], {0, 2}, false, naive::sum);
                        return tensor(y.values(), {x[0].size(1), 1}, DType::f64);
                      },
                  .operands = {{{2, 3, 4}}}});
  return rows;
}

// clang-format off
std::vector<OpRow> product_rows() {
  const Function mm = [](In x) { return matmul(x[0], x[1]); };
  const Function naive_mm = [](In x) { return naive::matmul(x[0], x[1]); };
  return {
      {.name = "matmul", .form = "matrices", .op = mm, .naive = naive_mm, .operands = {{{2, 3}}, {{3, 4}}}},
      {.name = "matmul", .form = "batch", .op = mm, .naive = naive_mm, .operands = {{{2, 3, 4}}, {{2, 4, 5}}}},
      {.name = "matmul", .form = "batch broadcast", .op = mm, .naive = naive_mm,
       .operands = {{{2, 1, 3, 4}}, {{6, 4, 5}}}},
      {.name = "matmul", .form = "of the transposed",
       .op = [](In x) { return matmul(transpose(x[0]), transpose(x[1])); },
       .naive = [](In x) { return naive::matmul(transpose(x[0]), transpose(x[1])); }, .operands = {{{3, 2}}, {{4, 3}}}},
      {.name = "matmul", .form = "vector first", .op = mm,
       .naive = [](In x) { return select(naive::matmul(unsqueeze(x[0], 0), x[1]), 0, 0); },
       .operands = {{{3}}, {{3, 4}}}},
      {.name = "matmul", .form = "vector second", .op = mm,
       .naive = [](In x) { return select(naive::matmul(x[0], unsqueeze(x[1], 1)), -1, 0); },
       .operands = {{{2, 3}}, {{3}}}},
      {.name = "matmul", .form = "two vectors", .op = mm,
       .naive = [](In x) { return reshape(naive::matmul(unsqueeze(x[0], 0), unsqueeze(x[1], 1)), {}); },
       .operands = {{{3}}, {{3}}}},
      {.name = "linear", .op = [](In x) { return linear(x[0], x[1], x[2]); },
       .naive = [](In x) { return naive::linear(x[0], x[1], x[2]); }, .operands = {{{2, 3, 4}}, {{5, 4}}, {{5}}}},
      {.name = "linear", .form = "no bias", .op = [](In x) { return linear(x[0], x[1]); },
       .naive = [](In x) { return naive::linear(x[0], x[1], {}); }, .operands = {{{3, 4}}, {{5, 4}}}},
      {.name = "einsum", .form = "one tensor", .op = [](In x) { return einsum("ijk->kj", x[0]); },
       .naive = [](In x) { return transpose(naive::reduce(x[0], {0}, false, naive::sum)); }, .operands = {{{2, 3, 4}}}},
      {.name = "einsum", .form = "product", .op = [](In x) { return einsum("ij,jk", x[0], x[1]); }, .naive = naive_mm,
       .operands = {{{2, 3}}, {{3, 4}}}},
      {.name = "einsum", .form = "batch broadcast, axis summed first",
       .op = [](In x) { return einsum("...ij,...kjl->...ki", x[0], x[1]); },
       .naive = [](In x) {
         return transpose(naive::matmul(x[0], transpose(naive::reduce(x[1], {4}, false, naive::sum))));
       },
       .operands = {{{1, 3, 4}}, {{2, 1, 5, 4, 6}}}},
      {.name = "einsum", .form = "elementwise", .op = [](In x) { return einsum("ij,ji->ji", x[0], x[1]); },
       .naive = [](In x) {
         return naive::build(x[1].shape(), [&](const Shape& at) { return x[0].at({at[1], at[0]}) * x[1].at(at); });
       },
       .operands = {{{2, 3}}, {{3, 2}}}},
      {.name = "einsum", .form = "diagonals", .op = [](In x) { return einsum("iji,kjj->ik", x[0], x[1]); },
       .naive = [](In x) {
         return naive::build({x[0].size(0), x[1].size(0)}, [&](const Shape& at) {
           double total = 0;
           for (Index j = 0; j < x[0].size(1); ++j) total += x[0].at({at[0], j, at[0]}) * x[1].at({at[1], j, j});
           return total;
         });
       },
       .operands = {{{2, 3, 2}}, {{4, 3, 3}}}},
  };
}
// clang-format on

}  // namespace latent::test
