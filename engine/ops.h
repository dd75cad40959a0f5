// Every differentiable function: the table of contents of the engine.
//
// Shapes at the end of a line: B batch, T tokens, N latents or queries, C channels, H heads, G key/value heads, D head
// size, E value size, W = H D, V vocabulary; "..." any axes.  Axes count from the end when negative.  Two tensors of
// different shapes broadcast as in NumPy.
// Errors are latent::Error and say what came and what was needed.
#pragma once
#include <optional>
#include <ostream>

#include "engine/autograd.h"
#include "engine/random.h"

namespace latent {

// One axis or several: sum(x, -1), sum(x, {0, 1}).
struct Axes {
  Axes(Index axis) : list{axis} {}
  Axes(std::initializer_list<Index> axes) : list(axes) {}
  Axes(const Shape& axes) : list(axes) {}
  Shape list;
};

// --- elementwise, one argument: kernels/formulas.h ---
Tensor operator-(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);  // 1 / sqrt(x)
Tensor abs(const Tensor& x);    // slope 0 at 0
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor erf(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor relu(const Tensor& x);       // slope 0 at 0
Tensor gelu(const Tensor& x);       // x Phi(x), by erf; 0 at -infinity, where PyTorch's gelu and silu give NaN
Tensor gelu_tanh(const Tensor& x);  // gelu's tanh approximation (the default in JAX)
Tensor silu(const Tensor& x);       // x sigmoid(x)
Tensor softplus(const Tensor& x);   // log(1 + e^x)
Tensor sign(const Tensor& x);       // -1, 0, 1; the result has no history
Tensor pow(const Tensor& x, double exponent);
Tensor clamp(const Tensor& x, double low, double high);  // slope 1 inside and at the bounds, 0 outside
// A cast to i64 rounds towards zero and has no gradient; Error for NaN and values out of range.
Tensor cast(const Tensor& x, DType dtype);

// --- elementwise, two arguments that broadcast ---
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator+(const Tensor& a, double b);
Tensor operator-(const Tensor& a, double b);
Tensor operator*(const Tensor& a, double b);
Tensor operator/(const Tensor& a, double b);
Tensor operator+(double a, const Tensor& b);
Tensor operator-(double a, const Tensor& b);
Tensor operator*(double a, const Tensor& b);
Tensor operator/(double a, const Tensor& b);
Tensor pow(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, const Tensor& b);  // a tie gives half the gradient to each, a NaN all to both
Tensor minimum(const Tensor& a, const Tensor& b);

// Comparisons give 1 where true and 0 elsewhere, in the type of their arguments.  The result has no history.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);  // a where condition is not 0, else b

// --- reductions: over all axes, or over the named ones, which keepdim keeps with size 1 ---
Tensor sum(const Tensor& x);
Tensor sum(const Tensor& x, const Axes& axes, bool keepdim = false);
Tensor mean(const Tensor& x);
Tensor mean(const Tensor& x, const Axes& axes, bool keepdim = false);
Tensor var(const Tensor& x);  // sum((x - mean)^2) / (n - correction), with correction 1
Tensor var(const Tensor& x, const Axes& axes, bool keepdim = false, double correction = 1);
Tensor max(const Tensor& x);  // ties share the gradient equally
Tensor max(const Tensor& x, const Axes& axes, bool keepdim = false);
Tensor min(const Tensor& x);
Tensor min(const Tensor& x, const Axes& axes, bool keepdim = false);
Tensor argmax(const Tensor& x, Index axis = -1, bool keepdim = false);  // i64; of equal values the first
// If all values are -infinity, the result is -infinity and the gradient 0.
Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim = false);
Tensor cumsum(const Tensor& x, Index axis = -1);     // y[i] = x[0] + ... + x[i], summed in double
Tensor sum_to(const Tensor& x, const Shape& shape);  // undo a broadcast

// --- products ---
Tensor matmul(const Tensor& a, const Tensor& b);  // (..., m, k) (..., k, n) -> (..., m, n)
Tensor linear(const Tensor& x, const Tensor& weight,
              const Tensor& bias = {});  // (..., in) (out, in) (out) -> (..., out)
// Einstein summation of one or two tensors, as in NumPy: einsum("bhnd,bhtd->bhnt", q, k).  A letter twice in one tensor
// takes the diagonal; "..." are axes that broadcast; without "->" the result has "..." and the letters that occur once,
// in alphabetical order.
Tensor einsum(const std::string& equation, const Tensor& a, const Tensor& b = {});

// --- views: nothing is copied, except by reshape and contiguous where the strides require it ---
Tensor reshape(const Tensor& x, const Shape& shape);  // one size may be -1
Tensor permute(const Tensor& x, const Shape& axes);   // axis i of the result is axis axes[i] of x
Tensor transpose(const Tensor& x, Index a = -2, Index b = -1);
Tensor slice(const Tensor& x, Index axis, Index begin, Index end,
             Index step = 1);                                  // negative bounds count from the end
Tensor select(const Tensor& x, Index axis, Index index);       // drops the axis
Tensors split(const Tensor& x, Index size, Index axis = -1);   // pieces of `size`; the last may be smaller
Tensors chunk(const Tensor& x, Index count, Index axis = -1);  // `count` equal pieces
Tensor broadcast_to(const Tensor& x, const Shape& shape);
Tensor squeeze(const Tensor& x, Index axis);    // the axis must have size 1
Tensor unsqueeze(const Tensor& x, Index axis);  // a new axis of size 1 at `axis` of the result
Tensor contiguous(const Tensor& x);

// --- joining and indexing ---
Tensor concat(const Tensors& xs, Index axis = -1);
Tensor stack(const Tensors& xs, Index axis = 0);                          // a new axis
Tensor index_select(const Tensor& x, Index axis, const Tensor& indices);  // indices i64 (n): axis gets size n
Tensor index_add(const Shape& shape, Index axis, const Tensor& indices,
                 const Tensor& values);                             // zeros, plus each value at its index
Tensor gather(const Tensor& x, Index axis, const Tensor& indices);  // y[i][j] = x[i][indices[i][j]] for axis 1
Tensor scatter_add(const Shape& shape, Index axis, const Tensor& indices, const Tensor& values);  // gather's transpose
Tensor one_hot(const Tensor& labels, Index classes, DType dtype = DType::f32);  // i64 (...) -> (..., classes)
// The k largest (or smallest) values along an axis in sorted order, and their indices (i64).  Equal values keep their
// order; NaN counts as the largest.  With k = the size of the axis it is a stable sort.
struct TopK {
  Tensor values, indices;
};
TopK topk(const Tensor& x, Index k, Index axis = -1, bool largest = true);

// --- rearranging ---
Tensor flip(const Tensor& x, const Axes& axes);  // reverses the order along each axis
// How many values pad() adds at the two ends of an axis; a negative number removes values.
struct Padding {
  Index before, after;
};
Tensor pad(const Tensor& x, const std::vector<Padding>& amounts, double value = 0);  // one Padding per axis
Tensor tile(const Tensor& x, const Shape& repeats);  // along the last axes; more repeats than axes add axes in front
Tensor tril(const Tensor& x, Index diagonal = 0);    // (..., m, n): zeros where column > row + diagonal
Tensor triu(const Tensor& x, Index diagonal = 0);    // (..., m, n): zeros where column < row + diagonal

// --- fused: one kernel forward and one backward; ops/composed.h defines them in plain operations ---
Tensor softmax(const Tensor& x, Index axis = -1);
Tensor log_softmax(const Tensor& x, Index axis = -1);
// Mean over all labels of -log softmax(logits)[label]; smoothing e spreads a share e of each label over all classes.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels,
                     double label_smoothing = 0);  // (..., classes) i64 (...) -> ()
// With the options of torch.nn.functional.cross_entropy.  Labels equal to ignore_index are left out of the mean, and
// class weights w make it sum(w[label] loss) / sum(w[label]).  NaN if no label is left, with gradients 0.
struct CrossEntropyOptions {
  double label_smoothing = 0;
  std::optional<Index> ignore_index = {};
  Tensor weight = {};  // (classes), same dtype as the logits
};
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options);
// Rows shifted and scaled to mean 0 and variance 1, then times weight plus bias, both optional.  Squares must be
// finite: a row of f32 beyond about 1e19 gives zeros, times weight plus bias, as in PyTorch; in rms_norm() too.
Tensor layer_norm(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {},
                  double eps = 1e-5);                                            // (..., C) (C) (C)
Tensor rms_norm(const Tensor& x, const Tensor& weight = {}, double eps = 1e-6);  // (..., C) (C)
// Scaled dot-product attention: softmax(scale q kT + bias) v.  H query heads share G key/value heads; G divides H.
// A query whose keys are all hidden gives zeros, in value and gradient.  A hidden key has weight 0, but 0 times NaN or
// infinity is NaN: such numbers in hidden keys and values may reach results and gradients, as in PyTorch.
struct AttentionOptions {
  std::optional<double> scale = {};  // 1 / sqrt(D) by default
  bool causal = false;               // query n sees keys 0 to T - N + n
  Tensor mask = {};                  // 1: seen, 0: hidden, else Error; broadcasts to (B, H, N, T); same dtype as q
  // Added to the scores; -infinity hides a key (PyTorch's float mask).  Shape and dtype as for the mask.  If it
  // requires a gradient, all scores are stored: O(N T) memory.
  Tensor bias = {};
};
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options = {});
//               (B, H, N, D)     (B, G, T, D)     (B, G, T, E) -> (B, H, N, E), G divides H
// Rotates each pair of channels of each head by an angle of its token: channels 2i and 2i + 1 if interleaved, else i
// and i + D / 2.  Error if the angles require a gradient.
Tensor rotate_pairs(const Tensor& x, const Tensor& cosines, const Tensor& sines,
                    bool interleaved = true);  // (..., T, H D) (T, D / 2) (T, D / 2)
// Zeros with probability p, the rest scaled by 1 / (1 - p).  Sample x[i] is dropped by the numbers that
// generator.fold_in(first + i) has at the generator's counter, and so without regard to the other samples.
Tensor dropout(const Tensor& x, double p, Generator& generator, Index first = 0);  // (B, ...) -> (B, ...)

// The values as text; long axes are shortened.
std::string to_string(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace latent
