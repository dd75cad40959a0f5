// The meaning of every op by loops over single elements: slow, and too simple to be wrong.
#pragma once
#include "tests/engine/op_table.h"

namespace latent::test::naive {

using Position = Shape;
using Line = std::vector<double>;

// Calls f for every position of a shape, in row-major order.
template <class F> void for_each_position(const Shape& shape, F f) {
  Position at = Shape::filled(shape.rank(), 0);
  for (Index left = elements(shape); left > 0; --left) {
    f(at);
    for (Index axis = shape.rank() - 1; axis >= 0 && ++at[axis] == shape[axis]; --axis) at[axis] = 0;
  }
}

// A tensor whose value at each position is f(position).
template <class F> Tensor build(const Shape& shape, F f) {
  std::vector<double> values;
  for_each_position(shape, [&](const Position& at) { values.push_back(f(at)); });
  return tensor(values, shape, DType::f64);
}

// The value of x that a position of a shape to which x broadcasts sees.
inline double broadcast_at(const Tensor& x, const Position& at) {
  Position own = at.last(x.rank());
  for (Index axis = 0; axis < x.rank(); ++axis)
    if (x.size(axis) == 1) own[axis] = 0;
  return x.at(own);
}

Function each(double (*f)(double));
Function each(double (*f)(double, double));

// One number for every group of elements that differ in `axes` only.
Tensor reduce(const Tensor& x, Shape axes, bool keepdim, double (*f)(const Line&));
Shape all_axes(const Tensor& x);
double sum(const Line& x);
double mean(const Line& x);
double variance(const Line& x);   // divided by n - 1
double deviation(const Line& x);  // divided by n
double largest(const Line& x);
double smallest(const Line& x);
double first_largest(const Line& x);
double log_sum_exp(const Line& x);

// Each line along an axis becomes f(line).
Tensor along(const Tensor& x, Index axis, const std::function<Line(Line)>& f);
Line softmax(Line x);
Line log_softmax(Line x);

Tensor matmul(const Tensor& a, const Tensor& b);  // two axes or more
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options);
Tensor normalize(const Tensor& x, bool centred, double eps);
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options);

}  // namespace latent::test::naive
