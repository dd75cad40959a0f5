// What can be asked of any row of the table.  Each check answers "" or says what is wrong.
#pragma once
#include "tests/engine/op_table.h"

namespace latent::test {

// Where two tensors differ by more than tolerance x the largest value; NaN and infinity have to be the same.
std::string difference(const Tensor& actual, const Tensor& expected, double tolerance);

// The op, at every SIMD level and in every layout of its inputs, against its naive meaning.
std::string check_value(const OpRow& row, DType dtype);
// Gradients by its rules against central differences.
std::string check_gradient(const OpRow& row, int order);
// First and second derivatives are the same in every layout of the inputs.
std::string check_layouts(const OpRow& row);
// The same with size 1 on each axis of each operand in turn, broadcast to the size that is needed.
std::string check_broadcast(const OpRow& row);
// Gradients in f32 against those in f64.
std::string check_f32_gradient(const OpRow& row);

// What backward() leaves in a leaf, and grad() gives, is contiguous, and nothing else uses its memory.
std::string check_owned(const OpRow& row);

// After any write to an operand or to the result, backward is an Error or gives the gradients that it gave before.
std::string check_overwritten(const OpRow& row);

// f of the operands that have gradients; the others stay as they are.
Function of_differentiable(const OpRow& row, const Tensors& inputs, const Function& f);
Tensors differentiable(const OpRow& row, const Tensors& inputs);

}  // namespace latent::test
