// Operators that choose values by their indices, or put them there.
#include "tests/onnx/tables.h"

namespace latent::onnx {
namespace {

using In = const Call&;
constexpr auto call = Operator::call, composition = Operator::composition;

// Negative indices count from the end of n.
Tensor all_from_start(const Tensor& indices, Index n) {
  const Tensor y = contiguous(cast(indices, DType::i64));
  const Tensor positive = Tensor::empty(y.shape(), DType::i64);
  std::transform(y.data<Index>(), y.data<Index>() + y.size(), positive.mutable_data<Index>(),
                 [n](Index i) { return from_start(i, n); });
  return positive;
}

Shape joined(const Shape& a, const Shape& b) {
  Shape all = a;
  for (Index size : b) all.push_back(size);
  return all;
}

Results gathered(In c) {
  const Tensor& x = c.as_is(0);
  const Index axis = from_start(c.integer("axis", 0), x.rank());
  const Tensor indices = all_from_start(c.as_is(1), x.size(axis));
  const Shape shape = joined(joined(x.shape().first(axis), indices.shape()), x.shape().last(x.rank() - axis - 1));
  return reshape(index_select(x, axis, reshape(indices, {indices.size()})), shape);
}

Results elements_gathered(In c) {
  const Index axis = c.integer("axis", 0);
  return gather(c.as_is(0), axis, all_from_start(c.as_is(1), c.as_is(0).size(axis)));
}

// Each row of `indices` is a position in the first axes of `shape`, after `batch` axes that both have: its row-major number.
Tensor row_numbers(const Tensor& indices, const Shape& shape, Index batch) {
  const Index k = indices.size(-1), rows = indices.size() / k, each = rows / elements(shape.first(batch));
  const Tensor list = contiguous(indices);
  Indices numbers;
  for (Index row = 0; row < rows; ++row) {
    Index number = row / each;
    for (Index i = 0; i < k; ++i)
      number = number * shape[batch + i] + from_start(list.data<Index>()[row * k + i], shape[batch + i]);
    numbers.push_back(number);
  }
  return index_tensor(numbers);
}

Shape as_rows(const Shape& shape, Index count) {
  return {elements(shape.first(count)), elements(shape.last(shape.rank() - count))};
}

Results positions_gathered(In c) {
  const Tensor &x = c.as_is(0), &indices = c.as_is(1);
  const Index batch = c.integer("batch_dims", 0), depth = batch + indices.size(-1);
  const Tensor rows = index_select(reshape(x, as_rows(x.shape(), depth)), 0, row_numbers(indices, x.shape(), batch));
  return reshape(rows, joined(indices.shape().first(indices.rank() - 1), x.shape().last(x.rank() - depth)));
}

// What was scattered replaces x where anything was, or is added to it.
Tensor scattered(In c, const Tensor& x, const Tensor& sums, const Tensor& hits) {
  const std::string how = c.text("reduction", "none");
  if (how == "add") return x + sums;
  if (how == "none") return where(hits, sums, x);
  throw NotExpressible("a scatter that multiplies");
}

Results elements_scattered(In c) {
  const Tensor x = c[0], updates = c[2], indices = all_from_start(c.as_is(1), x.size(c.integer("axis", 0)));
  const auto sums = [&](const Tensor& values) { return scatter_add(x.shape(), c.integer("axis", 0), indices, values); };
  return scattered(c, x, sums(updates), sums(ones_like(updates)));
}

Results positions_scattered(In c) {
  const Tensor x = c[0], updates = c[2], &indices = c.as_is(1);
  const Shape rows = as_rows(x.shape(), indices.size(-1));
  const Tensor numbers = row_numbers(indices, x.shape(), 0);
  const auto sums = [&](const Tensor& values) {
    return reshape(index_add(rows, 0, numbers, reshape(values, {numbers.size(), rows[1]})), x.shape());
  };
  return scattered(c, x, sums(updates), sums(ones_like(updates)));
}

Results compressed(In c) {
  const Tensor x = c.has("axis") ? c.as_is(0) : reshape(c.as_is(0), {-1});
  const Indices kept = c.integers(1);
  Indices list;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) list.push_back(Index(i));
  return index_select(x, c.integer("axis", 0), index_tensor(list));
}

Results one_hot_of(In c) {
  const Index depth = c.integers(1).at(0);
  const std::vector<double> values = c.as_is(2).values();
  const Tensor y = one_hot(all_from_start(c.as_is(0), depth), depth) * (values.at(1) - values.at(0)) + values.at(0);
  const Index axis = from_start(c.integer("axis", -1), y.rank());
  Shape axes;
  for (Index i = 0; i + 1 < y.rank(); ++i) axes.push_back(i);
  axes.insert(axis, y.rank() - 1);
  return permute(y, axes);
}

// Of each sequence the first values, as many as are said, come in the other order.
Results sequences_reversed(In c) {
  const Tensor& x = c.as_is(0);
  const Index batch = c.integer("batch_axis", 1), time = c.integer("time_axis", 0), n = x.size(time);
  Indices list;
  for (const Index length : c.integers(1))
    for (Index t = 0; t < n; ++t) list.push_back(t < length ? length - 1 - t : t);
  Shape shape = Shape::filled(x.rank(), 1);
  shape[0] = x.size(batch);
  shape[1] = n;
  const Tensor indices = reshape(index_tensor(list), shape);  // (batch, time, 1, ...)
  return gather(x, time, contiguous(broadcast_to(batch == 0 ? indices : transpose(indices, 0, 1), x.shape())));
}

}  // namespace

std::vector<Operator> indexing_table() {
  return {
      {"Gather", composition, gathered},
      {"GatherElements", call, elements_gathered},
      {"GatherND", composition, positions_gathered},
      {"Scatter", composition, elements_scattered},
      {"ScatterElements", composition, elements_scattered},
      {"ScatterND", composition, positions_scattered},
      {"Compress", composition, compressed},
      {"OneHot", composition, one_hot_of},
      {"ReverseSequence", composition, sequences_reversed},
  };
}

}  // namespace latent::onnx
