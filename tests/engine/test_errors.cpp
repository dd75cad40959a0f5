// Every message of the engine, word for word; and that odd operands give an Error or a value, never a crash.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>

#include "tests/catch.h"
#include "tests/error_of.h"
#include "tests/files.h"
#include "tests/engine/op_table.h"

using namespace latent;
using namespace latent::test;

// Of the address sanitizer: a request that is too large returns null, as without it.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

namespace {

struct Case {
  std::string message;
  std::function<void()> call;
};

const Index huge = Index(1) << 40;

Tensor cube() { return zeros({2, 3, 4}); }
Tensor wide() { return zeros({2}, DType::f64); }
Tensor integers(const std::vector<double>& values) { return tensor(values, DType::i64); }
Tensor leaf() { return ones({2}).require_grad(); }
Generator seeded() { return Generator(1); }

// clang-format off
std::vector<Case> creation_cases() {
  return {
    {"empty: shape (2, -1) has a negative size", [] { zeros({2, -1}); }},
    {"shape: (1099511627776, 1099511627776) has more values than can be counted", [] { zeros({huge, huge}); }},
    {"empty: shape (1099511627776, 4194304) has more bytes than can be counted", [] { zeros({huge, 1 << 22}); }},
    {"shape: 8 axes and one more, and at most 8 are possible", [] { zeros({1, 1, 1, 1, 1, 1, 1, 1, 1}); }},
    {"tensor: 3 values do not fit into shape (2)", [] { tensor({1, 2, 3}, {2}); }},
    {"arange: from 0 to 1 in steps of 0 is no finite range", [] { arange(0, 1, 0); }},
    {"arange: from 0 to 1 in steps of -1 is no finite range", [] { arange(0, 1, -1); }},
    {"linspace: -1 values, and 0 or more are possible", [] { linspace(0, 1, -1); }},
    {"item: the tensor has shape (2, 3, 4), and one value is needed", [] { cube().item(); }},
    {"at: 2 positions for a tensor of shape (2, 3, 4), and 3 are needed", [] { cube().at({0, 0}); }},
    {"at: position -4 on axis 1 of a tensor of shape (2, 3, 4), and -3 to 2 is possible", [] { cube().at({0, -4, 0}); }},
    {"copy_from: the source is f64 (2), and f32 (2) is needed", [] { zeros({2}).copy_from(wide()); }},
    {"data: the tensor is f32, not f64", [] { cube().data<double>(); }},
    {"data: the tensor is undefined: nothing was assigned to it", [] { Tensor().mutable_data<float>(); }},
    {"size: axis 3 is out of range: a tensor with 3 axes has axes -3 to 2", [] { cube().size(3); }},
    {"set_grad: the tensor of shape (1) collects no gradient", [] { zeros({1}).set_grad(zeros({1})); }},
    {"set_grad: the tensor of shape (2) collects no gradient", [] { exp(leaf()).set_grad(zeros({2})); }},
    {"set_grad: the gradient is f32 (3), and f32 (2) is needed", [] { leaf().set_grad(zeros({3})); }},
    {"require_grad: the tensor is i64, and only f32 and f64 have gradients", [] { integers({1}).require_grad(); }},
    {"require_grad: the tensor is the result of exp; detach() it first", [] { exp(leaf()).require_grad(); }},
    {"require_grad: the tensor is the result of sum; detach() it first",
     [] { Tensor loss = sum(exp(leaf())); backward(loss); loss.require_grad(); }},
    {fmt::format("set_threads: 0 threads, and 1 to {} are possible", most_threads()), [] { set_threads(0); }},
    {fmt::format("set_threads: 100000 threads, and 1 to {} are possible", most_threads()), [] { set_threads(100000); }},
    {"mutable_data: positions of a tensor of shape (2, 3) and strides (1, 1) share memory; write into a copy()",
     [] { zeros({4}).view({2, 3}, {1, 1}).mutable_data<float>(); }},
    {"view: the tensor is undefined: nothing was assigned to it", [] { Tensor().view({1}, {1}); }},
    {"view: shape (2, 3) and strides (1): one stride for each axis is needed", [] { cube().view({2, 3}, {1}); }},
    {"view: shape (-3) has a negative size", [] { wide().view({-3}, {1}); }},
    {"view: shape (100) with strides (1) and offset 0 leaves the storage, which has 2 values and this tensor's first at 0",
     [] { wide().view({100}, {1}); }},
    {"view: shape (2) with strides (-5) and offset -1 leaves the storage, which has 24 values and this tensor's first at 4",
     [] { slice(reshape(cube(), {24}), 0, 4, 8).view({2}, {-5}, -1); }},
    {"tensor: nan as i64, and numbers from -2^63 to 2^63 - 1 are possible", [] { integers({NAN}); }},
    {"full: nan as i64, and numbers from -2^63 to 2^63 - 1 are possible", [] { full({1}, NAN, DType::i64); }},
    {"cast: inf as i64, and numbers from -2^63 to 2^63 - 1 are possible", [] { cast(full({1}, INFINITY), DType::i64); }},
    {"sgd_update: f64 (2) beside f32 (2, 3, 4), and one shape and type are needed", [] { sgd_update({}, cube(), wide(), cube()); }},
    {"adam_update: a tensor of shape (2, 2) is not contiguous",
     [] { const Tensor x = zeros({2, 2}); adam_update({}, x, x, transpose(x), x, x); }},
  };
}

std::vector<Case> autograd_cases() {
  return {
    {"grad: the (2) tensor has no history: nothing it was made of requires a gradient", [] { grad(ones({2}), {leaf()}); }},
    {"grad: input 1 of shape (2) does not require a gradient", [] { grad(exp(leaf()), {leaf(), wide()}); }},
    {"grad: the cotangent is f64 (2), and f32 (2) is needed", [] { grad(exp(leaf()), {leaf()}, false, wide()); }},
    {"backward: the (2) tensor has no history: nothing it was made of requires a gradient", [] { backward(ones({2})); }},
    {"exp: its history was released by backward(); grad() would have kept it",
     [] { const Tensor y = exp(leaf()), loss = sum(y); backward(loss); grad(y, {leaf()}); }},
    {"draw_graph: the tensor has no history: nothing that requires a gradient went into it, or recording was off",
     [] { draw_graph(cube()); }},
    {"draw_graph: exp: its history was released by backward(); draw before that",
     [] { const Tensor y = exp(ones({1}).require_grad()); backward(y); draw_graph(y); }},
    {"backward: the tensor has shape (2), and one value is needed; sum it, or use grad()", [] { backward(exp(leaf())); }},
    {"where: input 0 wants a gradient, and the op has no rule for it", [] { where(leaf(), leaf(), leaf()); }},
    {"backward: the tensor of shape (2) collects no gradient: it is no leaf",
     [] { const Tensor y = exp(leaf()); backward(sum(y), {y}); }},
    {"backward: two of the leaves are one tensor, of shape (2)",
     [] { const Tensor x = leaf(); backward(sum(exp(x)), {x, x}); }},
    {"mul: backward needs a value that has been overwritten: it is at version 2, and version 1 is needed",
     [] { const Tensor x = leaf(), y = x * x; x.mutable_data<float>(); grad(y, {x}); }},
    {"log: the result (1) holds NaN or infinity",
     [] { const DetectAnomaly on; log(zeros({1})); }},
    {"Profile: there is one already, and one at a time is possible", [] { const Profile one, another; }},
  };
}

std::vector<Case> random_cases() {
  return {
    {"below: 0, and a number above 0 is needed", [] { seeded().below(0); }},
    {"permutation: of -1 numbers, and 0 or more are possible", [] { auto g = seeded(); permutation(-1, g); }},
    {"randint: from 3 to 3 (not included) holds no number", [] { auto g = seeded(); randint(3, 3, {1}, g); }},
    {"randint: from -9223372036854775808 to 9223372036854775807 holds more than 2^63 - 1 numbers", [] { auto g = seeded(); randint(INT64_MIN, INT64_MAX, {1}, g); }},
    {"trunc_normal: bound 0, and a number above 0 is needed", [] { auto g = seeded(); trunc_normal({1}, 1, g, DType::f32, 0); }},
    {"empty: shape (-5) has a negative size", [] { auto g = seeded(); rand({-5}, g); }},
    {"rand: the tensor is i64, and f32 or f64 is needed", [] { auto g = seeded(); rand({5}, g, DType::i64); }},
    {"randn: the tensor is i64, and f32 or f64 is needed", [] { auto g = seeded(); randn({5}, g, DType::i64); }},
    {"dropout: probability 1, and 0 to below 1 is possible", [] { auto g = seeded(); dropout(cube(), 1, g); }},
    {"dropout: the tensor is i64, and f32 or f64 is needed", [] { auto g = seeded(); dropout(integers({1}), 0.5, g); }},
  };
}

std::vector<Case> elementwise_cases() {
  return {
    {"add: shapes (2, 3) and (4) do not broadcast: 3 against 4 on axis -1", [] { zeros({2, 3}) + zeros({4}); }},
    {"where: shapes (2, 3, 4) and (2) do not broadcast: 4 against 2 on axis -1", [] { where(cube(), cube(), zeros({2})); }},
    {"mul: one tensor is f32 and another f64; they must be of one type", [] { ones({2}) * wide(); }},
    {"exp: the tensor is i64, and f32 or f64 is needed", [] { exp(integers({1})); }},
    {"clamp: bounds 2 and 1: the first must not be above the second", [] { clamp(cube(), 2, 1); }},
    {"clamp: bounds nan and 1: the first must not be above the second",
     [] { clamp(cube(), std::numeric_limits<double>::quiet_NaN(), 1); }},
  };
}

std::vector<Case> reduction_cases() {
  return {
    {"sum: axis 3 is out of range: a tensor with 3 axes has axes -3 to 2", [] { sum(cube(), 3); }},
    {"max: axis -4 is out of range: a tensor with 3 axes has axes -3 to 2", [] { max(cube(), -4); }},
    {"var: axis 0, and a tensor of shape () has none", [] { var(scalar(1), 0); }},
    {"mean: axis 0 is named twice", [] { mean(cube(), {1, 0, 0}); }},
    {"logsumexp: axis -1 is named twice", [] { logsumexp(cube(), {2, -1}); }},
    {"max: shape (2, 0) has no values to choose from", [] { max(zeros({2, 0}), 1); }},
    {"min: shape (0) has no values to choose from", [] { min(zeros({0})); }},
    {"argmax: axis -1 of shape (2, 0) has no values to choose from", [] { argmax(zeros({2, 0})); }},
    {"sum: the tensor is i64, and f32 or f64 is needed", [] { sum(integers({1})); }},
    {"mean: the tensor is i64, and f32 or f64 is needed", [] { mean(integers({1})); }},
    {"var: the tensor is i64, and f32 or f64 is needed", [] { var(integers({1})); }},
    {"logsumexp: the tensor is i64, and f32 or f64 is needed", [] { logsumexp(integers({1}), 0); }},
    {"cumsum: axis 3 is out of range: a tensor with 3 axes has axes -3 to 2", [] { cumsum(cube(), 3); }},
    {"cumsum: the tensor is i64, and f32 or f64 is needed", [] { cumsum(integers({1})); }},
    {"sum_to: shape (2) does not broadcast to (2, 3, 4): 2 against 4 on axis -1", [] { sum_to(cube(), {2}); }},
    {"sum_to: shape (1, 2, 3, 4) has more axes than (2, 3, 4)", [] { sum_to(cube(), {1, 2, 3, 4}); }},
  };
}

std::vector<Case> product_cases() {
  return {
    {"matmul: shapes () and (3): each needs an axis at least", [] { matmul(scalar(1), zeros({3})); }},
    {"matmul: an operand is undefined: nothing was assigned to it", [] { matmul(Tensor(), zeros({3})); }},
    {"matmul: (2, 3) @ (4, 5): the inner sizes differ: 3 against 4", [] { matmul(zeros({2, 3}), zeros({4, 5})); }},
    {"matmul: (3) @ (4): the inner sizes differ: 3 against 4", [] { matmul(zeros({3}), zeros({4})); }},
    {"matmul: (2) @ (3, 4): the inner sizes differ: 2 against 3", [] { matmul(zeros({2}), zeros({3, 4})); }},
    {"matmul, batch axes: shapes (2) and (3) do not broadcast: 2 against 3 on axis -1",
     [] { matmul(zeros({2, 4, 5}), zeros({3, 5, 6})); }},
    {"matmul: one tensor is f32 and another f64; they must be of one type", [] { matmul(ones({2}), wide()); }},
    {"matmul: the tensor is i64, and f32 or f64 is needed", [] { matmul(integers({1}), integers({1})); }},
    {"linear: the weight has shape (4), and (out, in) is needed", [] { linear(cube(), zeros({4})); }},
    {"linear: x is (2, 3, 4), and the weight (5, 3) needs 3 on its last axis", [] { linear(cube(), zeros({5, 3})); }},
    {"linear: x is (), and the weight (5, 3) needs 3 on its last axis", [] { linear(scalar(1), zeros({5, 3})); }},
    {"linear: the bias is f32 (4), and f32 (5) is needed", [] { linear(cube(), zeros({5, 4}), zeros({4})); }},
    {"einsum: '1' in i1,j; letters, one comma, one -> and for each tensor one ... are possible", [] { einsum("i1,j", cube(), cube()); }},
    {"einsum: ',' in i,j,k; letters, one comma, one -> and for each tensor one ... are possible", [] { einsum("i,j,k", cube(), cube()); }},
    {"einsum: '-' in i->i->i; letters, one comma, one -> and for each tensor one ... are possible", [] { einsum("i->i->i", cube()); }},
    {"einsum: '.' in ...i...; letters, one comma, one -> and for each tensor one ... are possible", [] { einsum("...i...", cube()); }},
    {"einsum: ij,jk->ik is for 2 tensors, and 1 came", [] { einsum("ij,jk->ik", cube()); }},
    {"einsum: ij->ji is for 1 tensors, and 2 came", [] { einsum("ij->ji", cube(), cube()); }},
    {"einsum: i is for 1 tensors, and 0 came", [] { einsum("i", Tensor()); }},
    {"einsum: one tensor is f32 and another f64; they must be of one type", [] { einsum("i,i", zeros({2}), wide()); }},
    {"einsum: ij for a tensor of shape (2, 3, 4), which has 3 axes", [] { einsum("ijk,ij", cube(), cube()); }},
    {"einsum: ...ijkl for a tensor of shape (2, 3, 4), which has 3 axes", [] { einsum("...ijkl", cube()); }},
    {"einsum: j has size 3 and size 4", [] { einsum("ij,jk", zeros({2, 3}), zeros({4, 5})); }},
    {"einsum: i has size 2 and size 1", [] { einsum("ii", zeros({2, 1})); }},
    {"einsum: an axis of ... has size 3 and size 2", [] { einsum("...,...", zeros({3}), zeros({2})); }},
    {"einsum: the result of ij->iji names i twice", [] { einsum("ij->iji", zeros({2, 3})); }},
    {"einsum: the result of ij->k names k and no tensor does", [] { einsum("ij->k", zeros({2, 3})); }},
    {"linear: one tensor is f32 and another f64; they must be of one type", [] { linear(cube(), zeros({5, 4}, DType::f64)); }},
  };
}

std::vector<Case> view_cases() {
  return {
    {"reshape: 24 values do not fit into shape (5, -1)", [] { reshape(cube(), {5, -1}); }},
    {"reshape: shape (-1, -1): sizes are 0 or more, and at most one may be -1", [] { reshape(cube(), {-1, -1}); }},
    {"shape: (1099511627776, 1099511627776) has more values than can be counted", [] { reshape(cube(), {huge, huge}); }},
    {"permute: 2 axes are named for a tensor of shape (2, 3, 4), and all 3 are needed", [] { permute(cube(), {0, 1}); }},
    {"permute: axis -3 is named twice in (0, 1, -3)", [] { permute(cube(), {0, 1, -3}); }},
    {"permute: axis 3 is out of range: a tensor with 3 axes has axes -3 to 2", [] { permute(cube(), {0, 1, 3}); }},
    {"transpose: axis -2 is out of range: a tensor with 1 axes has axes -1 to 0", [] { transpose(zeros({2})); }},
    {"slice: 1 to 5 on axis -1 of shape (2, 3, 4), and 0 <= begin <= end <= 4 is needed", [] { slice(cube(), -1, 1, 5); }},
    {"slice: -5 to 3 on axis 1 of shape (2, 3, 4), and 0 <= begin <= end <= 3 is needed", [] { slice(cube(), 1, -5, 3); }},
    {"slice: 2 to 1 on axis 1 of shape (2, 3, 4), and 0 <= begin <= end <= 3 is needed", [] { slice(cube(), 1, 2, 1); }},
    {"slice: a step of 0, and at least 1 is needed", [] { slice(cube(), 1, 0, 1, 0); }},
    {"select: index 3 on axis -2 of shape (2, 3, 4), and -3 to 2 is possible", [] { select(cube(), -2, 3); }},
    {"split: pieces of 0, and at least 1 is needed", [] { split(cube(), 0); }},
    {"split: axis 3 is out of range: a tensor with 3 axes has axes -3 to 2", [] { split(cube(), 1, 3); }},
    {"chunk: 3 pieces of axis -1 of shape (2, 3, 4), and a number that divides 4 is needed", [] { chunk(cube(), 3); }},
    {"chunk: 0 pieces of axis 0 of shape (2, 3, 4), and a number that divides 2 is needed", [] { chunk(cube(), 0, 0); }},
    {"broadcast_to: shape (2, 3, 4) does not broadcast to (2, 3, 5): 4 against 5 on axis -1", [] { broadcast_to(cube(), {2, 3, 5}); }},
    {"broadcast_to: shape (2, 3, 4) has more axes than (3, 4)", [] { broadcast_to(cube(), {3, 4}); }},
    {"broadcast_to: shape (-1) has a negative size", [] { broadcast_to(zeros({1}), {-1}); }},
    {"squeeze: axis -1 of shape (2, 3, 4) has size 4, and 1 is needed", [] { squeeze(cube(), -1); }},
    {"unsqueeze: axis 4 is out of range: a tensor with 4 axes has axes -4 to 3", [] { unsqueeze(cube(), 4); }},
    {"concat: no tensors came, and at least one is needed", [] { concat({}); }},
    {"concat: f32 (2, 3, 4) and f32 (2) must be of one type and agree on all axes but -1", [] { concat({cube(), zeros({2})}); }},
    {"concat: f32 (2) and f64 (2) must be of one type and agree on all axes but 0", [] { concat({zeros({2}), wide()}, 0); }},
    {"stack: no tensors came, and at least one is needed", [] { stack({}); }},
    {"stack: f32 (2, 3, 4) and f32 (2) must be of one type and shape", [] { stack({cube(), zeros({2})}); }},
  };
}

std::vector<Case> index_cases() {
  return {
    {"index_select: the indices are f32, and i64 is needed", [] { index_select(cube(), 0, zeros({1})); }},
    {"index_select: the indices have shape (), and one axis is needed", [] { index_select(cube(), 0, scalar(0, DType::i64)); }},
    {"index_select: index 3 at position 1, and 0 <= index < 3 is needed", [] { index_select(cube(), 1, integers({0, 3})); }},
    {"index_select: index -1 at position 0, and 0 <= index < 3 is needed", [] { index_select(cube(), 1, integers({-1})); }},
    {"index_add: the indices have shape (), and one axis is needed", [] { index_add({3}, 0, scalar(0, DType::i64), wide()); }},
    {"index_add: the values have shape (2), and (3) is needed", [] { index_add({5}, 0, integers({0, 1, 2}), wide()); }},
    {"index_add: index 5 at position 0, and 0 <= index < 5 is needed", [] { index_add({5}, 0, integers({5, 1}), wide()); }},
    {"gather: indices of shape (3) for a tensor of shape (2, 3, 4): all axes but -1 must agree",
     [] { gather(cube(), -1, zeros({3}, DType::i64)); }},
    {"gather: the indices are f32, and i64 is needed", [] { gather(cube(), 0, cube()); }},
    {"gather: index 2 at position 0, and 0 <= index < 2 is needed", [] { gather(wide(), 0, integers({2})); }},
    {"scatter_add: the values have shape (2), and (1) is needed", [] { scatter_add({5}, 0, integers({0}), wide()); }},
    {"scatter_add: values of shape (2) into shape (5, 3): all axes but 0 must agree",
     [] { scatter_add({5, 3}, 0, integers({0, 1}), wide()); }},
    {"one_hot: the indices are f32, and i64 is needed", [] { one_hot(zeros({2}), 3); }},
    {"one_hot: index 3 at position 1, and 0 <= index < 3 is needed", [] { one_hot(integers({0, 3}), 3); }},
    {"one_hot: -1 classes, and 0 or more are possible", [] { one_hot(integers({0}), -1); }},
    {"topk: 5 values of axis -1 of shape (2, 3, 4), and 0 to 4 are there", [] { topk(cube(), 5); }},
    {"topk: -1 values of axis 0 of shape (2, 3, 4), and 0 to 2 are there", [] { topk(cube(), -1, 0); }},
    {"flip: axis -1 is named twice", [] { flip(cube(), {2, -1}); }},
    {"pad: 2 amounts for a tensor of shape (2, 3, 4), and 3 are needed", [] { pad(cube(), {{1, 1}, {1, 1}}); }},
    {"pad: -2 before and -1 after axis 0 of shape (2) leave a negative size", [] { pad(zeros({2}), {{-2, -1}}); }},
    {"pad: -9223372036854775808 before and 5 after axis 0 of shape (2) leave a negative size",
     [] { pad(zeros({2}), {{std::numeric_limits<Index>::min(), 5}}); }},
    {"tile: repeats (2, -1), and 0 or more are possible", [] { tile(cube(), {2, -1}); }},
    {"shape: (4, 4611686018427387904) has more values than can be counted", [] { tile(cube(), {Index(1) << 62}); }},
    {"tril: the tensor has shape (2), and two axes at least are needed", [] { tril(zeros({2})); }},
    {"triu: the tensor has shape (), and two axes at least are needed", [] { triu(scalar(1)); }},
    {"gather: index 0 at position 0, and 0 <= index < 0 is needed",
     [] { gather(zeros({0}), 0, integers({0})); }},
  };
}

std::vector<Case> fused_cases() {
  const auto labels = [] { return zeros({2, 3}, DType::i64); };
  const auto q = [](DType dtype = DType::f32) { return zeros({1, 2, 3, 4}, dtype); };
  const auto with_mask = [](const Tensor& mask) { AttentionOptions options; options.mask = mask; return options; };
  return {
    {"softmax: axis 3 is out of range: a tensor with 3 axes has axes -3 to 2", [] { softmax(cube(), 3); }},
    {"log_softmax: axis -1, and a tensor of shape () has none", [] { log_softmax(scalar(1)); }},
    {"softmax: the tensor is i64, and f32 or f64 is needed", [] { softmax(integers({1})); }},
    {"cross_entropy: labels of shape (2) for logits of shape (2, 3, 4), whose last axis is the classes",
     [] { cross_entropy(cube(), integers({0, 0})); }},
    {"cross_entropy: the labels are f32, and i64 is needed", [] { cross_entropy(cube(), zeros({2, 3})); }},
    {"cross_entropy: label smoothing 1.5, and 0 to 1 is possible", [=] { cross_entropy(cube(), labels(), 1.5); }},
    {"cross_entropy: label 4 at position 1 is out of range: 0 to 3", [] { cross_entropy(zeros({2, 4}), integers({0, 4})); }},
    {"cross_entropy: label -100 at position 0 is out of range: 0 to 3",
     [] { cross_entropy(zeros({2, 4}), integers({-100, 4}), {.ignore_index = 4}); }},
    {"cross_entropy: the weights are f64 (2), and f32 (4) is needed",
     [] { cross_entropy(zeros({2, 4}), integers({0, 1}), {.weight = wide()}); }},
    {"rotate_pairs: x (2, 3, 4), cosines (3, 3) and sines (3, 3); needed are (..., T, H D), (T, D / 2) and the same", [] { rotate_pairs(cube(), zeros({3, 3}), zeros({3, 3})); }},
    {"rotate_pairs: x is f32, the cosines are f32 and the sines f64; they must be of one type", [] { rotate_pairs(cube(), zeros({3, 2}), zeros({3, 2}, DType::f64)); }},
    {"rotate_pairs: the angles want a gradient, and the op has no rule for it", [] { rotate_pairs(cube(), zeros({3, 2}).require_grad(), zeros({3, 2})); }},
    {"layer_norm: x has shape (), and an axis is needed", [] { layer_norm(scalar(1)); }},
    {"layer_norm: x is f32 (2, 3, 4), so weight and bias must be f32 (4); one is f32 (3)", [] { layer_norm(cube(), zeros({3})); }},
    {"rms_norm: x is f32 (2, 3, 4), so weight and bias must be f32 (4); one is f64 (2)", [] { rms_norm(cube(), wide()); }},
    {"attention: queries (2, 3, 4), keys (1, 2, 3, 4) and values (1, 2, 3, 4); needed are (B, H, N, D), (B, G, T, D) and "
     "(B, G, T, E) with H a multiple of G", [=] { attention(cube(), q(), q()); }},
    {"attention: queries (1, 3, 3, 4), keys (1, 2, 3, 4) and values (1, 2, 3, 4); needed are (B, H, N, D), (B, G, T, D) and "
     "(B, G, T, E) with H a multiple of G", [=] { attention(zeros({1, 3, 3, 4}), q(), q()); }},
    {"attention: queries f32, keys f64 and values f32 must be of one type", [=] { attention(q(), q(DType::f64), q()); }},
    {"attention: the tensor is i64, and f32 or f64 is needed", [=] { const Tensor i = zeros({1, 2, 3, 4}, DType::i64); attention(i, i, i); }},
    {"attention: the mask is f64, and f32 is needed", [=] { attention(q(), q(), q(), with_mask(wide())); }},
    {"attention mask: shape (2, 3) does not broadcast to (1, 2, 3, 3): 2 against 3 on axis -2",
     [=] { attention(q(), q(), q(), with_mask(zeros({2, 3}))); }},
    {"attention: the bias is f64, and f32 is needed", [=] { attention(q(), q(), q(), {.bias = wide()}); }},
    {"attention bias: shape (2, 3) does not broadcast to (1, 2, 3, 3): 2 against 3 on axis -2",
     [=] { attention(q(), q(), q(), {.bias = zeros({2, 3})}); }},
    {"attention: the mask holds -inf, and 0 (hidden) or 1 (seen) is needed; what is added to scores is a bias",
     [=] { attention(q(), q(), q(), with_mask(tensor({0, -INFINITY, 0}))); }},
    {"attention: the mask wants a gradient, and the op has no rule for it",
     [=] { attention(q(), q(), q(), with_mask(ones({3}).require_grad())); }},
  };
}
// clang-format on

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> list;
    for (const auto& some : {creation_cases(), autograd_cases(), random_cases(), elementwise_cases(), reduction_cases(),
                             product_cases(), view_cases(), index_cases(), fused_cases()})
      list.insert(list.end(), some.begin(), some.end());
    return list;
  }();
  return all;
}

// The texts of all fail("...") in the engine, but for the files whose messages have tests of their own.
std::vector<std::string> written_messages() {
  const std::regex call(R"re(fail\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+))re"), seam(R"("\s*"|^"|"\s*$)");
  std::vector<std::string> texts;
  for (const auto& file : std::filesystem::recursive_directory_iterator(test::source_folder() / "engine")) {
    const std::string stem = file.path().stem();
    if (!file.is_regular_file() || stem == "safetensors" || stem == "atomic_file" || stem == "gradcheck") continue;
    std::stringstream code;
    code << std::ifstream(file.path()).rdbuf();
    const std::string all = code.str();
    for (std::sregex_iterator it(all.begin(), all.end(), call), end; it != end; ++it)
      texts.push_back(std::regex_replace((*it)[1].str(), seam, ""));
  }
  return texts;
}

// "at: {} positions" fits "at: 2 positions".
bool fits(const std::string& text, const std::string& message) {
  static const std::regex special(R"([.^$|()\[\]*+?\\])"), hole(R"(\{\})");
  return std::regex_match(message,
                          std::regex(std::regex_replace(std::regex_replace(text, special, "\\$&"), hole, ".*")));
}

}  // namespace

TEST_CASE("errors: each says what came and what was needed") {
  for (const Case& each : cases()) CHECK(error_of(each.call) == each.message);
  CHECK(error_of([] { set_level("mmx"); }).starts_with("SIMD level: mmx, and this machine has "));
  CHECK(error_of([] {
          zeros({huge, 1 << 19});
        }).starts_with("memory: 2305843009213693952 bytes for a tensor cannot be allocated; tensors hold "));
}

TEST_CASE("errors: every message in engine/ is in the table") {
  const std::vector<std::string> texts = written_messages();
  CHECK(texts.size() > 60);
  for (const std::string& text : texts) {
    if (text.starts_with("SIMD level: ") || text.starts_with("memory: ") || text.ends_with(" can be counted here") ||
        text.find("fork()") != std::string::npos)
      continue;  // they differ by machine, see above and test_shape.cpp; or test_threads.cpp has them
    INFO(text);
    CHECK(std::ranges::any_of(cases(), [&](const Case& each) { return fits(text, each.message); }));
  }
}
