// One row for every form of every function of engine/ops.h.  The tests of values, gradients, threads and docs/ops.md loop
// over the rows: a function is tested because it has one, and test_op_table.cpp fails where one is missing.
#pragma once
#include "engine/engine.h"

namespace latent::test {

using In = const Tensors&;

// What an operand holds: normal numbers, unless the op needs something else or has kinks to keep away from.
enum class Values {
  normal,
  positive,  // 0.5 to 2.5
  away,      // normal, and at least 0.1 from 0
  few        // 0, 1 and 2: many are equal
};

struct Operand {
  Shape shape;
  Values values = Values::normal;
  bool has_gradient = true;
};

struct OpRow {
  std::string name, form = {};         // as in ops.h; which of its forms
  Function op, naive;                  // the function, and its meaning by plain loops in f64
  std::vector<Operand> operands = {};  // equal sizes are the same axis: they grow and shrink together
  bool differentiable = true;          // else the result has no history
  bool broadcasts = false;             // the operands may have any shapes that broadcast
  std::vector<Index> fixed = {};       // sizes that the form needs as they are
  std::vector<Index> never_zero = {};  // sizes at which 0 is an Error
};

const std::vector<OpRow>& op_table();
std::vector<OpRow> elementwise_rows();
std::vector<OpRow> reduction_rows();
std::vector<OpRow> product_rows();
std::vector<OpRow> view_rows();
std::vector<OpRow> index_rows();
std::vector<OpRow> arrange_rows();
std::vector<OpRow> fused_rows();

std::string title(const OpRow& row);      // "sum, two axes"
std::vector<std::string> declared_ops();  // the names in ops.h, as often as they are declared
std::vector<Index> sizes_that_vary(const OpRow& row);
OpRow resized(OpRow row, Index from, Index to);  // every axis of size `from` gets size `to`
Tensors make_inputs(const OpRow& row, DType dtype = DType::f64, std::uint64_t seed = 1);

// The same values in another arrangement.
struct Layout {
  const char* name;
  Tensor (*apply)(const Tensor& x);
};
const std::vector<Layout>& layouts();  // in one piece, transposed, every second of a larger tensor
Tensors arranged(Tensors inputs, const Layout& layout);

// 0, 1, ... classes - 1 in a fixed disorder: labels and indices.
Tensor some_indices(const Shape& shape, Index classes);
// 1 and 0, so that row 1 of the last axis is all 0.
Tensor some_mask(const Shape& shape, DType dtype);

}  // namespace latent::test
