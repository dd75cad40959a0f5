// Views, joining and indexing.
#include <algorithm>

#include "tests/engine/naive.h"

namespace latent::test {
namespace {

using naive::Position;

// y at a position is x at another.
Function moved(std::function<Shape(const Tensor&)> shape, std::function<Position(const Tensor&, Position)> source) {
  return [=](In x) { return naive::build(shape(x[0]), [&](const Position& at) { return x[0].at(source(x[0], at)); }); };
}

Function same() {
  return moved([](const Tensor& x) { return x.shape(); }, [](const Tensor&, Position at) { return at; });
}

// The values in row-major order are the same; only the shape is another.
Function reshaped(Shape (*shape)(const Shape&)) {
  return [shape](In x) { return tensor(x[0].values(), shape(x[0].shape()), DType::f64); };
}

// The pieces joined again, the last one first.
Tensor reversed(Tensors pieces) {
  std::reverse(pieces.begin(), pieces.end());
  return concat(pieces, 0);
}

}  // namespace

// clang-format off
std::vector<OpRow> view_rows() {
  const std::vector<Operand> cube{{{2, 3, 4}}};
  return {
      {.name = "reshape", .op = [](In x) { return reshape(x[0], {x[0].size(2), x[0].size(0) * x[0].size(1)}); },
       .naive = reshaped([](const Shape& s) { return Shape{s[2], s[0] * s[1]}; }), .operands = cube},
      {.name = "reshape", .form = "-1", .op = [](In x) { return reshape(x[0], {-1, x[0].size(2)}); },
       .naive = reshaped([](const Shape& s) { return Shape{s[0] * s[1], s[2]}; }), .operands = cube, .never_zero = {4}},
      {.name = "permute", .op = [](In x) { return permute(x[0], {2, 0, 1}); },
       .naive = moved([](const Tensor& x) { return Shape{x.size(2), x.size(0), x.size(1)}; },
                      [](const Tensor&, Position at) { return Position{at[1], at[2], at[0]}; }),
       .operands = cube},
      {.name = "transpose", .op = [](In x) { return transpose(x[0]); },
       .naive = moved([](const Tensor& x) { return Shape{x.size(0), x.size(2), x.size(1)}; },
                      [](const Tensor&, Position at) { return Position{at[0], at[2], at[1]}; }),
       .operands = cube},
      {.name = "slice", .form = "step 2", .op = [](In x) { return slice(x[0], 1, x[0].size(1) / 3, x[0].size(1), 2); },
       .naive = moved([](const Tensor& x) { return Shape{2, (x.size(1) - x.size(1) / 3 + 1) / 2, 4}; },
                      [](const Tensor& x, Position at) { return Position{at[0], x.size(1) / 3 + 2 * at[1], at[2]}; }),
       .operands = {{{2, 5, 4}}}, .fixed = {2, 4}},
      {.name = "slice", .form = "from the end", .op = [](In x) { return slice(x[0], 0, -3, -1); },
       .naive = moved([](const Tensor& x) { return Shape{2, x.size(1)}; },
                      [](const Tensor& x, Position at) { return Position{x.size(0) - 3 + at[0], at[1]}; }),
       .operands = {{{5, 4}}}, .fixed = {5}},
      {.name = "select", .op = [](In x) { return select(x[0], 1, -1); },
       .naive = moved([](const Tensor& x) { return Shape{x.size(0), x.size(2)}; },
                      [](const Tensor& x, Position at) { return Position{at[0], x.size(1) - 1, at[1]}; }),
       .operands = cube, .never_zero = {3}},
      {.name = "split", .op = [](In x) { return reversed(split(x[0], 2, 0)); },
       .naive = moved([](const Tensor& x) { return x.shape(); },
                      [](const Tensor&, Position at) { return Position{Shape{4, 2, 3, 0, 1}[at[0]], at[1]}; }),
       .operands = {{{5, 4}}}, .fixed = {5}},
      {.name = "chunk", .op = [](In x) { return concat({chunk(x[0], 3)[2], chunk(x[0], 3)[0]}); },
       .naive = moved([](const Tensor& x) { return Shape{x.size(0), 4}; },
                      [](const Tensor&, Position at) { return Position{at[0], at[1] < 2 ? at[1] + 4 : at[1] - 2}; }),
       .operands = {{{4, 6}}}, .fixed = {6}},
      {.name = "broadcast_to", .op = [](In x) { return broadcast_to(x[0], {2, x[0].size(0), 4}); },
       .naive = moved([](const Tensor& x) { return Shape{2, x.size(0), 4}; },
                      [](const Tensor&, Position at) { return Position{at[1], 0}; }),
       .operands = {{{3, 1}}}},
      {.name = "squeeze", .op = [](In x) { return squeeze(x[0], 1); },
       .naive = reshaped([](const Shape& s) { return Shape{s[0], s[2]}; }), .operands = {{{2, 1, 3}}}},
      {.name = "unsqueeze", .op = [](In x) { return unsqueeze(x[0], -2); },
       .naive = reshaped([](const Shape& s) { return Shape{s[0], 1, s[1]}; }), .operands = {{{2, 3}}}},
      {.name = "contiguous", .op = [](In x) { return contiguous(x[0]); }, .naive = same(), .operands = cube},
  };
}
// clang-format on

namespace {

Tensor naive_concat(In x) {
  const Index first = x[0].size(1);
  return naive::build({x[0].size(0), first + x[1].size(1)}, [&](const Position& at) {
    return at[1] < first ? x[0].at(at) : x[1].at({at[0], at[1] - first});
  });
}

Tensor naive_stack(In x) {
  return naive::build({x[0].size(0), 2, x[0].size(1)}, [&](const Position& at) {
    return x[size_t(at[1])].at({at[0], at[2]});
  });
}

// Row i is the sum of the values whose index is i: the index of their row, or each its own.
Tensor naive_scatter(const Tensor& x, const Tensor& indices) {
  return naive::build({4, x.size(1)}, [&](const Position& at) {
    double total = 0;
    for (Index i = 0; i < x.size(0); ++i)
      if (indices.at(Shape{i, at[1]}.first(indices.rank())) == double(at[0])) total += x.at({i, at[1]});
    return total;
  });
}

// The indices that the ops below are called with.
Tensor columns(const Tensor& x) { return some_indices({5}, x.size(1)); }
Tensor rows(const Tensor& x) { return some_indices({x.size(0)}, 4); }
Tensor five_each(const Tensor& x) { return some_indices({x.size(0), 5}, x.size(1)); }
Tensor one_each(const Tensor& x) { return some_indices(x.shape(), 4); }

}  // namespace

// clang-format off
std::vector<OpRow> index_rows() {
  return {
      {.name = "concat", .op = [](In x) { return concat(x); }, .naive = naive_concat, .operands = {{{2, 3}}, {{2, 4}}}},
      {.name = "stack", .op = [](In x) { return stack(x, 1); }, .naive = naive_stack, .operands = {{{3, 4}}, {{3, 4}}}},
      {.name = "index_select", .op = [](In x) { return index_select(x[0], 1, columns(x[0])); },
       .naive = moved([](const Tensor& x) { return Shape{x.size(0), 5, x.size(2)}; },
                      [](const Tensor& x, Position at) { return Position{at[0], Index(columns(x).at({at[1]})), at[2]}; }),
       .operands = {{{2, 3, 4}}}, .never_zero = {3}},
      {.name = "index_add", .op = [](In x) { return index_add({4, x[0].size(1)}, 0, rows(x[0]), x[0]); },
       .naive = [](In x) { return naive_scatter(x[0], rows(x[0])); }, .operands = {{{5, 3}}}},
      {.name = "gather", .op = [](In x) { return gather(x[0], 1, five_each(x[0])); },
       .naive = moved([](const Tensor& x) { return Shape{x.size(0), 5}; },
                      [](const Tensor& x, Position at) { return Position{at[0], Index(five_each(x).at(at))}; }),
       .operands = {{{3, 4}}}, .never_zero = {4}},
      {.name = "scatter_add", .op = [](In x) { return scatter_add({4, x[0].size(1)}, 0, one_each(x[0]), x[0]); },
       .naive = [](In x) { return naive_scatter(x[0], one_each(x[0])); }, .operands = {{{5, 3}}}},
      {.name = "one_hot", .op = [](In x) { return one_hot(cast(x[0], DType::i64), 3, x[0].dtype()); },
       .naive = [](In x) {
         return naive::build({x[0].size(0), x[0].size(1), 3},
                             [&](const Position& at) { return double(x[0].at({at[0], at[1]}) == double(at[2])); });
       },
       .operands = {{{2, 4}, Values::few}}, .differentiable = false},
  };
}
// clang-format on

}  // namespace latent::test
