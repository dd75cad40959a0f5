// Values chosen, moved, repeated, or replaced by a constant.
#include <algorithm>

#include "tests/engine/naive.h"

namespace latent::test {
namespace {

using naive::Line;
using naive::Position;

// y at a position is x at another, or `otherwise` where there is none in x.
Tensor moved(const Tensor& x, const Shape& shape, const std::function<Position(Position)>& source,
             double otherwise = 0) {
  return naive::build(shape, [&](const Position& at) {
    const Position from = source(at);
    for (Index axis = 0; axis < x.rank(); ++axis)
      if (from[axis] < 0 || from[axis] >= x.size(axis)) return otherwise;
    return x.at(from);
  });
}

Index at_most(Index k, const Tensor& x, Index axis) { return std::min(k, x.size(axis)); }

// The places of the k values that come first when the values along the axis are sorted.
Tensor naive_places(const Tensor& x, Index k, Index axis, bool largest) {
  const Tensor sorted = naive::along(x, axis, [&](const Line& line) {
    Line places;
    while (places.size() < line.size()) places.push_back(double(places.size()));
    std::ranges::stable_sort(places, [&](double i, double j) {
      const double a = line[size_t(i)], b = line[size_t(j)];
      return largest ? a > b : a < b;
    });
    return places;
  });
  Shape shape = x.shape();
  shape[axis] = k;
  return naive::build(shape, [&](const Position& at) { return sorted.at(at); });
}

Tensor naive_chosen(const Tensor& x, const Tensor& places, Index axis) {
  return naive::build(places.shape(), [&](Position at) {
    const Index place = Index(places.at(at));
    at[axis] = place;
    return x.at(at);
  });
}

OpRow triangle(std::string name, std::string form, Tensor (*op)(const Tensor&, Index), Index diagonal) {
  const bool lower = name == "tril";
  return {.name = name,
          .form = form,
          .op = [=](In x) { return op(x[0], diagonal); },
          .naive =
              [=](In x) {
                return naive::build(x[0].shape(), [&](const Position& at) {
                  const Index beyond = at.back() - at[at.rank() - 2] - diagonal;
                  return (lower ? beyond <= 0 : beyond >= 0) ? x[0].at(at) : 0;
                });
              },
          .operands = {{{2, 3, 4}}}};
}

}  // namespace

// clang-format off
std::vector<OpRow> arrange_rows() {
  return {
      {.name = "topk", .form = "values", .op = [](In x) { return topk(x[0], at_most(2, x[0], 2)).values; },
       .naive = [](In x) { return naive_chosen(x[0], naive_places(x[0], at_most(2, x[0], 2), 2, true), 2); },
       .operands = {{{2, 3, 4}}}},
      {.name = "topk", .form = "smallest, middle axis",
       .op = [](In x) { return topk(x[0], at_most(2, x[0], 1), 1, false).values; },
       .naive = [](In x) { return naive_chosen(x[0], naive_places(x[0], at_most(2, x[0], 1), 1, false), 1); },
       .operands = {{{2, 3, 4}}}},
      {.name = "topk", .form = "indices of all, many equal", .op = [](In x) { return topk(x[0], x[0].size(0), 0).indices; },
       .naive = [](In x) { return naive_places(x[0], x[0].size(0), 0, true); },
       .operands = {{{5, 4}, Values::few}}, .differentiable = false},
      {.name = "flip", .op = [](In x) { return flip(x[0], {0, -1}); },
       .naive = [](In x) {
         return moved(x[0], x[0].shape(), [&](const Position& at) {
           return Position{x[0].size(0) - 1 - at[0], at[1], x[0].size(2) - 1 - at[2]};
         });
       },
       .operands = {{{2, 3, 4}}}},
      {.name = "pad", .op = [](In x) { return pad(x[0], {{1, 0}, {2, 3}}, -1.5); },
       .naive = [](In x) {
         return moved(x[0], {x[0].size(0) + 1, x[0].size(1) + 5},
                      [](const Position& at) { return Position{at[0] - 1, at[1] - 2}; }, -1.5);
       },
       .operands = {{{3, 4}}}},
      {.name = "pad", .form = "and cut", .op = [](In x) { return pad(x[0], {{2, -1}, {-2, 1}}); },
       .naive = [](In x) {
         return moved(slice(x[0], 0, 0, 2), {4, x[0].size(1) - 1},
                      [](const Position& at) { return Position{at[0] - 2, at[1] + 2}; });
       },
       .operands = {{{3, 5}}}, .fixed = {3, 5}},
      {.name = "tile", .op = [](In x) { return tile(x[0], {2, 1, 3}); },
       .naive = [](In x) {
         return moved(x[0], {2, x[0].size(0), 3 * x[0].size(1)},
                      [&](const Position& at) { return Position{at[1], at[2] % x[0].size(1)}; });
       },
       .operands = {{{3, 4}}}},
      triangle("tril", "", tril, 0),
      triangle("tril", "above", tril, 1),
      triangle("triu", "", triu, 0),
      triangle("triu", "below", triu, -2),
  };
}
// clang-format on

}  // namespace latent::test
