// Reductions, products, views, joining and indexing.
#include "tests/engine/naive.h"

namespace latent::test {
namespace {

using naive::Line;
using naive::Position;

OpRow reduction(std::string name, std::string form, Function op, double (*f)(const Line&), Shape axes,
                bool keepdim = false) {
  return {.name = name,
          .form = form,
          .op = op,
          .naive = [=](In x) { return naive::reduce(x[0], axes, keepdim, f); },
          .operands = {{{2, 3, 4}}}};
}

OpRow whole(std::string name, Tensor (*op)(const Tensor&), double (*f)(const Line&)) {
  OpRow row = reduction(name, "all axes", [op](In x) { return op(x[0]); }, f, {0, 1, 2});
  return row;
}

std::vector<OpRow> by_axes(std::string name, std::function<Tensor(const Tensor&, const Axes&, bool)> op,
                           double (*f)(const Line&)) {
  return {reduction(name, "last axis", [op](In x) { return op(x[0], -1, false); }, f, {2}),
          reduction(name, "middle axis", [op](In x) { return op(x[0], 1, false); }, f, {1}),
          reduction(name, "two axes, keepdim", [op](In x) { return op(x[0], {0, -1}, true); }, f, {0, 2}, true)};
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

// y at a position is x at another.
Function moved(std::function<Shape(const Tensor&)> shape, std::function<Position(const Tensor&, Position)> source) {
  return [=](In x) {
    return naive::build(shape(x[0]), [&](const Position& at) { return x[0].at(source(x[0], at)); });
  };
}

Function same() {
  return moved([](const Tensor& x) { return x.shape(); }, [](const Tensor&, Position at) { return at; });
}

// The values in row-major order are the same; only the shape is another.
Function reshaped(Shape (*shape)(const Shape&)) {
  return [shape](In x) { return tensor(x[0].values(), shape(x[0].shape()), DType::f64); };
}

}  // namespace

std::vector<OpRow> reduction_rows() {
  const auto var0 = [](const Tensor& x, const Axes& axes, bool keepdim) { return var(x, axes, keepdim, 0); };
  std::vector<OpRow> rows{whole("sum", sum, naive::sum), whole("mean", mean, naive::mean),
                          whole("var", [](const Tensor& x) { return var(x); }, naive::variance)};
  const auto add = [&](std::vector<OpRow> more) { rows.insert(rows.end(), more.begin(), more.end()); };
  add(by_axes("sum", [](const Tensor& x, const Axes& axes, bool keep) { return sum(x, axes, keep); }, naive::sum));
  add(by_axes("mean", [](const Tensor& x, const Axes& axes, bool keep) { return mean(x, axes, keep); }, naive::mean));
  add(by_axes("var", var0, naive::deviation));
  add(choosing({whole("max", max, naive::largest), whole("min", min, naive::smallest)}));
  add(choosing(by_axes("max", [](const Tensor& x, const Axes& axes, bool keep) { return max(x, axes, keep); },
                       naive::largest)));
  add(choosing(by_axes("min", [](const Tensor& x, const Axes& axes, bool keep) { return min(x, axes, keep); },
                       naive::smallest)));
  add(by_axes("logsumexp", [](const Tensor& x, const Axes& axes, bool keep) { return logsumexp(x, axes, keep); },
              naive::log_sum_exp));
  OpRow first = reduction("argmax", "last axis", [](In x) { return argmax(x[0]); }, naive::first_largest, {2});
  OpRow kept = reduction("argmax", "keepdim", [](In x) { return argmax(x[0], 0, true); }, naive::first_largest, {0}, true);
  for (OpRow row : {first, kept}) {
    row.differentiable = false;
    row.operands[0].values = Values::few;
    row.never_zero = {row.form == "keepdim" ? 2 : 4};
    add({row});
  }
  rows.push_back({.name = "sum_to",
                  .op = [](In x) { return sum_to(x[0], {x[0].dim(1), 1}); },
                  .naive = [](In x) {
                    const Tensor y = naive::reduce(x[0], {0, 2}, false, naive::sum);
                    return tensor(y.values(), {x[0].dim(1), 1}, DType::f64);
                  },
                  .operands = {{{2, 3, 4}}}});
  return rows;
}

std::vector<OpRow> product_rows() {
  const Function mm = [](In x) { return matmul(x[0], x[1]); };
  const Function naive_mm = [](In x) { return naive::matmul(x[0], x[1]); };
  const Function dot = [](In x) {
    double total = 0;
    for (Index i = 0; i < x[0].size(); ++i) total += x[0].at({i}) * x[1].at({i});
    return scalar(total, DType::f64);
  };
  return {
      {.name = "matmul", .form = "matrices", .op = mm, .naive = naive_mm, .operands = {{{2, 3}}, {{3, 4}}}},
      {.name = "matmul", .form = "batch", .op = mm, .naive = naive_mm, .operands = {{{2, 3, 4}}, {{2, 4, 5}}}},
      {.name = "matmul", .form = "batch broadcast", .op = mm, .naive = naive_mm,
       .operands = {{{2, 1, 3, 4}}, {{6, 4, 5}}}},
      {.name = "matmul", .form = "of the transposed", .op = [](In x) { return matmul(transpose(x[0]), transpose(x[1])); },
       .naive = [](In x) { return naive::matmul(transpose(x[0]), transpose(x[1])); },
       .operands = {{{3, 2}}, {{4, 3}}}},
      {.name = "matmul", .form = "vector first", .op = mm,
       .naive = [](In x) { return select(naive::matmul(unsqueeze(x[0], 0), x[1]), 0, 0); },
       .operands = {{{3}}, {{3, 4}}}},
      {.name = "matmul", .form = "vector second", .op = mm,
       .naive = [](In x) { return select(naive::matmul(x[0], unsqueeze(x[1], 1)), -1, 0); },
       .operands = {{{2, 3}}, {{3}}}},
      {.name = "matmul", .form = "two vectors", .op = mm, .naive = dot, .operands = {{{3}}, {{3}}}},
      {.name = "linear", .form = "", .op = [](In x) { return linear(x[0], x[1], x[2]); },
       .naive = [](In x) { return naive::linear(x[0], x[1], x[2]); },
       .operands = {{{2, 3, 4}}, {{5, 4}}, {{5}}}},
      {.name = "linear", .form = "no bias", .op = [](In x) { return linear(x[0], x[1]); },
       .naive = [](In x) { return naive::linear(x[0], x[1], {}); },
       .operands = {{{3, 4}}, {{5, 4}}}},
  };
}

std::vector<OpRow> view_rows() {
  const std::vector<Operand> cube{{{2, 3, 4}}};
  return {
      {.name = "reshape", .op = [](In x) { return reshape(x[0], {x[0].dim(2), x[0].dim(0) * x[0].dim(1)}); },
       .naive = reshaped([](const Shape& s) { return Shape{s[2], s[0] * s[1]}; }), .operands = cube},
      {.name = "reshape", .form = "-1", .op = [](In x) { return reshape(x[0], {-1, x[0].dim(2)}); },
       .naive = reshaped([](const Shape& s) { return Shape{s[0] * s[1], s[2]}; }), .operands = cube, .never_zero = {4}},
      {.name = "permute", .op = [](In x) { return permute(x[0], {2, 0, 1}); },
       .naive = moved([](const Tensor& x) { return Shape{x.dim(2), x.dim(0), x.dim(1)}; },
                      [](const Tensor&, Position at) { return Position{at[1], at[2], at[0]}; }),
       .operands = cube},
      {.name = "transpose", .op = [](In x) { return transpose(x[0]); },
       .naive = moved([](const Tensor& x) { return Shape{x.dim(0), x.dim(2), x.dim(1)}; },
                      [](const Tensor&, Position at) { return Position{at[0], at[2], at[1]}; }),
       .operands = cube},
      {.name = "slice", .form = "step 2", .op = [](In x) { return slice(x[0], 1, x[0].dim(1) / 3, x[0].dim(1), 2); },
       .naive = moved([](const Tensor& x) { return Shape{2, (x.dim(1) - x.dim(1) / 3 + 1) / 2, 4}; },
                      [](const Tensor& x, Position at) { return Position{at[0], x.dim(1) / 3 + 2 * at[1], at[2]}; }),
       .operands = {{{2, 5, 4}}}, .fixed = {2, 4}},
      {.name = "slice", .form = "from the end", .op = [](In x) { return slice(x[0], 0, -3, -1); },
       .naive = moved([](const Tensor& x) { return Shape{2, x.dim(1)}; },
                      [](const Tensor& x, Position at) { return Position{x.dim(0) - 3 + at[0], at[1]}; }),
       .operands = {{{5, 4}}}, .fixed = {5}},
      {.name = "select", .op = [](In x) { return select(x[0], 1, -1); },
       .naive = moved([](const Tensor& x) { return Shape{x.dim(0), x.dim(2)}; },
                      [](const Tensor& x, Position at) { return Position{at[0], x.dim(1) - 1, at[1]}; }),
       .operands = cube, .never_zero = {3}},
      {.name = "split", .op = [](In x) { return concat({split(x[0], 2, 0).back(), split(x[0], 2, 0).front()}, 0); },
       .naive = moved([](const Tensor& x) { return Shape{3, x.dim(1)}; },
                      [](const Tensor&, Position at) { return Position{at[0] == 0 ? 4 : at[0] - 1, at[1]}; }),
       .operands = {{{5, 4}}}, .fixed = {5}},
      {.name = "chunk", .op = [](In x) { return concat({chunk(x[0], 3)[2], chunk(x[0], 3)[0]}); },
       .naive = moved([](const Tensor& x) { return Shape{x.dim(0), 4}; },
                      [](const Tensor&, Position at) { return Position{at[0], at[1] < 2 ? at[1] + 4 : at[1] - 2}; }),
       .operands = {{{4, 6}}}, .fixed = {6}},
      {.name = "broadcast_to", .op = [](In x) { return broadcast_to(x[0], {2, x[0].dim(0), 4}); },
       .naive = moved([](const Tensor& x) { return Shape{2, x.dim(0), 4}; },
                      [](const Tensor&, Position at) { return Position{at[1], 0}; }),
       .operands = {{{3, 1}}}},
      {.name = "squeeze", .op = [](In x) { return squeeze(x[0], 1); },
       .naive = reshaped([](const Shape& s) { return Shape{s[0], s[2]}; }), .operands = {{{2, 1, 3}}}},
      {.name = "unsqueeze", .op = [](In x) { return unsqueeze(x[0], -2); },
       .naive = reshaped([](const Shape& s) { return Shape{s[0], 1, s[1]}; }), .operands = {{{2, 3}}}},
      {.name = "contiguous", .op = [](In x) { return contiguous(x[0]); }, .naive = same(), .operands = cube},
  };
}

std::vector<OpRow> index_rows() {
  const Function naive_concat = [](In x) {
    return naive::build({x[0].dim(0), x[0].dim(1) + x[1].dim(1)}, [&](Position at) {
      const Index first = x[0].dim(1);
      return at[1] < first ? x[0].at(at) : x[1].at({at[0], at[1] - first});
    });
  };
  const Function naive_stack = [](In x) {
    return naive::build({x[0].dim(0), 2, x[0].dim(1)}, [&](Position at) { return x[size_t(at[1])].at({at[0], at[2]}); });
  };
  // sums of the values whose index, by row or by element, is i
  const auto scattered = [](bool by_row) -> Function {
    return [=](In x) {
      const Index n = x[0].dim(0);
      const Tensor indices = some_indices(by_row ? Shape{n} : x[0].shape(), 4);
      return naive::build({4, x[0].dim(1)}, [&](Position at) {
        double total = 0;
        for (Index i = 0; i < n; ++i)
          if (indices.at(by_row ? Shape{i} : Shape{i, at[1]}) == double(at[0])) total += x[0].at({i, at[1]});
        return total;
      });
    };
  };
  return {
      {.name = "concat", .op = [](In x) { return concat(x); }, .naive = naive_concat,
       .operands = {{{2, 3}}, {{2, 4}}}},
      {.name = "stack", .op = [](In x) { return stack(x, 1); }, .naive = naive_stack,
       .operands = {{{3, 4}}, {{3, 4}}}},
      {.name = "index_select", .op = [](In x) { return index_select(x[0], 1, some_indices({5}, x[0].dim(1))); },
       .naive = moved([](const Tensor& x) { return Shape{x.dim(0), 5, x.dim(2)}; },
                      [](const Tensor& x, Position at) {
                        return Position{at[0], Index(some_indices({5}, x.dim(1)).at({at[1]})), at[2]};
                      }),
       .operands = {{{2, 3, 4}}}, .never_zero = {3}},
      {.name = "index_add", .op = [](In x) { return index_add({4, x[0].dim(1)}, 0, some_indices({x[0].dim(0)}, 4), x[0]); },
       .naive = scattered(true), .operands = {{{5, 3}}}},
      {.name = "gather", .op = [](In x) { return gather(x[0], 1, some_indices({x[0].dim(0), 5}, x[0].dim(1))); },
       .naive = moved([](const Tensor& x) { return Shape{x.dim(0), 5}; },
                      [](const Tensor& x, Position at) {
                        return Position{at[0], Index(some_indices({x.dim(0), 5}, x.dim(1)).at(at))};
                      }),
       .operands = {{{3, 4}}}, .never_zero = {4}},
      {.name = "scatter_add", .op = [](In x) { return scatter_add({4, x[0].dim(1)}, 0, some_indices(x[0].shape(), 4), x[0]); },
       .naive = scattered(false), .operands = {{{5, 3}}}},
      {.name = "one_hot", .op = [](In x) { return one_hot(cast(x[0], DType::i64), 3, x[0].dtype()); },
       .naive = [](In x) {
         return naive::build({x[0].dim(0), x[0].dim(1), 3},
                             [&](Position at) { return double(x[0].at({at[0], at[1]}) == double(at[2])); });
       },
       .operands = {{{2, 4}, Values::few}}, .differentiable = false},
  };
}

}  // namespace latent::test
