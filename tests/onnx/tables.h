// The parts of the table of operators.
#pragma once
#include <algorithm>

#include "tests/onnx/operators.h"

namespace latent::onnx {

std::vector<Operator> elementwise_table();
std::vector<Operator> reduction_table();
std::vector<Operator> arranging_table();
std::vector<Operator> indexing_table();
std::vector<Operator> network_table();

// first, first + 1, ... rank - 1
inline Shape axes_from(Index first, Index rank) {
  Shape axes;
  for (Index axis = first; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

using Indices = std::vector<Index>;

inline Index from_start(Index i, Index n) { return i < 0 ? i + n : i; }

inline Tensor index_tensor(const Indices& list) {
  const Tensor y = Tensor::empty({Index(list.size())}, DType::i64);
  std::ranges::copy(list, y.mutable_data<Index>());
  return y;
}

inline Tensor number(double value, const Tensor& like) { return scalar(value, like.dtype()); }

}  // namespace latent::onnx
