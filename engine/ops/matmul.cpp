// Products of matrices, batched and broadcast.
#include <algorithm>

#include "engine/kernels/pairwise.h"
#include "engine/ops/map.h"
#include "engine/parallel.h"
#include "engine/profile.h"

namespace latent {
namespace {

// c = a b (+ bias) for every matrix of the batch.  The threads share the rows of c, or its columns if there are more of
// them.  No sum is split, so the bits do not depend on the number of threads.
template <class T> void multiply(const Tensor& a, const Tensor& b, const Tensor& bias, const Tensor& c) {
  const Index m = c.size(-2), n = c.size(-1), k = a.size(-1), batch = c.size() / std::max(Index(1), m * n);
  const Shape lead = c.shape().first(c.rank() - 2), steps_c = row_major(lead);
  const auto steps = [&](const Tensor& x) {
    return broadcast_strides("matmul", x.shape().first(x.rank() - 2), x.strides().first(x.rank() - 2), lead);
  };
  const auto matrix = [](const Tensor& x) {
    const Index r = x.rank();
    return kernels::Matrix<const T>{x.data<T>(), x.strides()[r - 2], x.strides()[r - 1]};
  };
  const Shape steps_a = steps(a), steps_b = steps(b);
  const bool by_rows = m >= n;
  const Index length = by_rows ? m : n;
  // one piece per matrix if there are many, or if they are small; else one piece per thread
  constexpr Index little = 64 * 64 * 64, unit = 16;
  const Index wanted = batch >= 2 * threads() || m * n * k < little ? 1 : threads();
  const Index piece = wanted == 1 ? length : ((length + wanted - 1) / wanted + unit - 1) / unit * unit;
  const Index pieces = (length + piece - 1) / piece;
  const Index grain = std::max(Index(1), 4 * little / std::max(Index(1), std::min(piece, length) * std::min(m, n) * k));
  T* const out = c.mutable_data<T>();
  parallel_for(batch * pieces, grain, [&](Index task, Index end) {
    const Tensor scratch = Tensor::empty({kernels::matmul_scratch(n, k)}, dtype_of<T>);
    for (; task < end; ++task) {
      const Index which = task / pieces, begin = task % pieces * piece, count = std::min(piece, length - begin);
      kernels::Matrix<const T> left = matrix(a), right = matrix(b);
      for (Index axis = 0, rest = which; axis < lead.rank(); ++axis) {
        const Index at = rest / steps_c[axis];
        rest %= steps_c[axis];
        left.data += at * steps_a[axis];
        right.data += at * steps_b[axis];
      }
      kernels::Matrix<T> to{out + which * m * n, n, 1};
      const T* added = bias.defined() ? bias.data<T>() : nullptr;
      if (by_rows) {
        left.data += begin * left.row_stride;
        to.data += begin * to.row_stride;
      } else {
        right.data += begin * right.column_stride;
        to.data += begin;
        if (added) added += begin;
      }
      dispatch(kernels::MatMul{}, left, right, added, to, by_rows ? count : m, by_rows ? n : count, k,
               scratch.mutable_data<T>());
    }
  });
}

// a b + bias without history
Tensor product(const char* op, const Tensor& a, const Tensor& b, const Tensor& bias) {
  if (a.dtype() != b.dtype())
    fail("{}: one tensor is {} and another {}; they must be of one type", op, to_string(a.dtype()),
         to_string(b.dtype()));
  Shape shape = broadcast_shapes("matmul, batch axes", a.shape().first(a.rank() - 2), b.shape().first(b.rank() - 2));
  shape.push_back(a.size(-2));
  shape.push_back(b.size(-1));
  // Long sums are halved and added pairwise, because the kernel adds its blocks one after the other.
  constexpr Index blocks = 16 * kernels::matmul_depth;
  if (const Index k = a.size(-1); k > blocks) {
    const Index half = kernels::pairwise_half(k, blocks);
    return map(op, formula::Add{}, product(op, slice(a, -1, 0, half), slice(b, -2, 0, half), bias),
               product(op, slice(a, -1, half, k), slice(b, -2, half, k), {}));
  }
  const Tensor c = Tensor::empty(shape, a.dtype());
  profile::count_flops(2.0 * double(c.size()) * double(a.size(-1)));
  with_float(op, a.dtype(), [&](auto zero) {
    if (c.size() > 0) multiply<decltype(zero)>(a, b, bias, c);
  });
  return c;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) fail("matmul: an operand is undefined: nothing was assigned to it");
  if (a.rank() == 0 || b.rank() == 0)
    fail("matmul: shapes {} and {}: each needs an axis at least", a.shape(), b.shape());
  if (const Index k = a.size(-1), rows = b.size(b.rank() == 1 ? 0 : -2); k != rows)
    fail("matmul: {} @ {}: the inner sizes differ: {} against {}", a.shape(), b.shape(), k, rows);
  if (a.rank() == 1) return squeeze(matmul(unsqueeze(a, 0), b), b.rank() == 1 ? 0 : -2);
  if (b.rank() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  return record("matmul", product("matmul", a.detach(), b.detach(), {}),
                {{a, [b](const Tensor& g) { return matmul(g, transpose(b)); }, {b}},
                 {b, [a](const Tensor& g) { return matmul(transpose(a), g); }, {a}}});
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (weight.rank() != 2) fail("linear: the weight has shape {}, and (out, in) is needed", weight.shape());
  const Index out = weight.size(0), in = weight.size(1);
  if (x.rank() == 0 || x.size(-1) != in)
    fail("linear: x is {}, and the weight {} needs {} on its last axis", x.shape(), weight.shape(), in);
  if (bias.defined() && (bias.shape() != Shape{out} || bias.dtype() != x.dtype()))
    fail("linear: the bias is {} {}, and {} ({}) is needed", to_string(bias.dtype()), bias.shape(),
         to_string(x.dtype()), out);
  const auto rows = [](const Tensor& t) { return reshape(t, {elements(t.shape().first(t.rank() - 1)), t.size(-1)}); };
  Shape shape = x.shape();
  shape[shape.rank() - 1] = out;
  const Tensor flat = product("linear", rows(x.detach()), transpose(weight.detach()),
                              bias.defined() ? contiguous(bias.detach()) : bias);
  return record(
      "linear", flat.view(shape, row_major(shape)),
      {{x, [=, wide = x.shape()](const Tensor& g) { return reshape(matmul(rows(g), weight), wide); }, {weight}},
       {weight, [=](const Tensor& g) { return matmul(transpose(rows(g)), rows(x)); }, {x}},
       {bias, [](const Tensor& g) { return g; }}});
}

}  // namespace latent
