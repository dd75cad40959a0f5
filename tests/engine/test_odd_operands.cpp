// Whatever an op is given, it answers with an Error or a value: the sanitizers look for reads and writes elsewhere.
#include <limits>

#include "tests/catch.h"
#include "tests/engine/op_table.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

// The value is read, so that a bad view is found; gradients are taken where there are any.
void call(const OpRow& row, Tensors inputs) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (row.operands[i].has_gradient && inputs[i].defined() && inputs[i].dtype() != DType::i64)
      inputs[i].require_grad();
  try {
    const Tensor y = row.op(inputs);
    y.values();
    if (y.requires_grad()) backward(sum(y));
  } catch (const Error& error) { CHECK(std::string(error.what()).find(": ") != std::string::npos); }
}

std::vector<Shape> odd_shapes(const Shape& shape) {
  std::vector<Shape> odd{{}, {1}, {0}, {5}, {2, 2}, {3, 0, 2}, {1, 1, 1, 1, 1, 1, 1, 2}};
  for (Index axis = 0; axis < shape.rank(); ++axis) {
    Shape less = shape, more = shape, one = shape, none = shape, without = shape;
    --less[axis], ++more[axis], one[axis] = 1, none[axis] = 0;
    without.erase(axis);
    odd.insert(odd.end(), {less, more, one, none, without});
  }
  Shape longer = shape;
  longer.insert(0, 2);
  odd.push_back(longer);
  return odd;
}

}  // namespace

TEST_CASE("odd operands: shapes") {
  const Threads one(1);
  for (const OpRow& row : op_table())
    for (size_t i = 0; i < row.operands.size(); ++i)
      for (const Shape& shape : odd_shapes(row.operands[i].shape)) {
        INFO(title(row) << " with operand " << i << " of shape " << to_string(shape));
        OpRow odd = row;
        odd.operands[i].shape = shape;
        call(row, make_inputs(odd));
      }
}

TEST_CASE("odd operands: types, and nothing at all") {
  for (const OpRow& row : op_table())
    for (size_t i = 0; i < row.operands.size(); ++i) {
      INFO(title(row) << ", operand " << i);
      const Tensors inputs = make_inputs(row);
      for (const Tensor& odd : {cast(inputs[i], DType::f32), cast(inputs[i], DType::i64), Tensor()}) {
        Tensors changed = inputs;
        changed[i] = odd;
        call(row, changed);
      }
      Tensors whole;
      for (const Tensor& input : inputs) whole.push_back(cast(input, DType::i64));
      call(row, whole);
    }
}

TEST_CASE("odd operands: NaN and infinities pass through every op") {
  const Threads one(1);
  for (const OpRow& row : op_table())
    for (const double value :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1e300}) {
      INFO(title(row) << " of " << value);
      Tensors inputs;
      for (const Operand& operand : row.operands) inputs.push_back(full(operand.shape, value, DType::f64));
      if (row.form != "to i64" && row.name != "one_hot") call(row, inputs);  // C++ has no such integer
    }
}
