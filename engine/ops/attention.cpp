// Scaled dot-product attention by the fused kernels.  composed.h defines it in plain operations.
//
// The work is cut into tasks.  Forward: a key/value head and at most attention_queries queries of the heads that share
// it.  Backward: a key/value head and all queries of the heads that share it.  The number of threads changes no bits:
// the cut depends on shapes only, and each sum is made in one task, in a fixed order.
#include <algorithm>
#include <cmath>

#include "engine/ops/composed.h"
#include "engine/dispatch.h"
#include "engine/ops.h"
#include "engine/parallel.h"
#include "engine/profile.h"

namespace latent {
namespace {

struct Call {
  Tensor q, k, v, mask, bias;  // without history; mask and bias broadcast to (B, H, N, T)
  Index B, H, N, D, G, T, E;
  double scale;
  bool causal;

  Call(const Tensor& q_, const Tensor& k_, const Tensor& v_, const AttentionOptions& options)
      : q(q_.detach()), k(k_.detach()), v(v_.detach()), causal(options.causal) {
    const bool ranks = q.rank() == 4 && k.rank() == 4 && v.rank() == 4;
    if (!ranks || q.size(0) != k.size(0) || k.size(0) != v.size(0) || q.size(3) != k.size(3) ||
        k.size(2) != v.size(2) || k.size(1) != v.size(1) || k.size(1) == 0 || q.size(1) % k.size(1) != 0)
      fail(
          "attention: queries {}, keys {} and values {}; needed are (B, H, N, D), (B, G, T, D) and (B, G, T, E) with H "
          "a multiple of G",
          q.shape(), k.shape(), v.shape());
    if (q.dtype() == DType::i64) fail("attention: the tensor is i64, and f32 or f64 is needed");
    if (q.dtype() != k.dtype() || k.dtype() != v.dtype())
      fail("attention: queries {}, keys {} and values {} must be of one type", to_string(q.dtype()),
           to_string(k.dtype()), to_string(v.dtype()));
    B = q.size(0), H = q.size(1), N = q.size(2), D = q.size(3), G = k.size(1), T = k.size(2), E = v.size(3);
    scale = options.scale.value_or(1 / std::sqrt(std::max(1.0, double(D))));
    mask = per_score("mask", options.mask);
    bias = per_score("bias", options.bias);
    if (mask.defined()) check_mask(options.mask);
  }

  static void check_mask(const Tensor& given) {
    if (recording() && given.requires_grad())
      fail("attention: the mask wants a gradient, and the op has no rule for it");
    const Tensor flat = contiguous(given.detach());
    with_float("attention", flat.dtype(), [&](auto zero) {
      const auto* p = flat.data<decltype(zero)>();
      const auto odd = std::find_if(p, p + flat.size(), [](auto value) { return value != 0 && value != 1; });
      if (odd != p + flat.size())
        fail("attention: the mask holds {}, and 0 (hidden) or 1 (seen) is needed; what is added to scores is a bias",
             *odd);
    });
  }

  Tensor per_score(const char* what, const Tensor& x) const {
    if (!x.defined()) return x;
    if (x.dtype() != q.dtype())
      fail("attention: the {} is {}, and {} is needed", what, to_string(x.dtype()), to_string(q.dtype()));
    const Shape scores{B, H, N, T};
    const std::string op = std::string("attention ") + what;
    return x.view(scores, broadcast_strides(op.c_str(), x.shape(), x.strides(), scores));
  }
  template <class F> static kernels::PerScore<F> per_score(const Tensor& x, Index b, Index head) {
    if (!x.defined()) return {nullptr, 0, 0, 0};
    const Shape& step = x.strides();
    return {x.data<F>() + b * step[0] + head * step[1], step[1], step[2], step[3]};
  }

  template <class F> kernels::AttentionShape<F> shape(Index b, Index g, Index first, Index last) const {
    const Index group = H / G;
    kernels::AttentionShape<F> s{group, N, T, D, E, first, last, scale, causal, {}, {}};
    s.mask = per_score<F>(mask, b, g * group);
    s.bias = per_score<F>(bias, b, g * group);
    return s;
  }

  // Heads `head` and following of batch element b of x, whose first value is at `data`; null if `data` is null
  template <class F> static kernels::Heads<F> heads(F* data, const Tensor& x, Index b, Index head) {
    if (!data) return {nullptr, 0, 0, 0};
    const Shape& step = x.strides();
    return {data + b * step[0] + head * step[1], step[1], step[2], step[3]};
  }
  template <class F> static kernels::Heads<const F> heads(const Tensor& x, Index b, Index head) {
    return heads(x.data<F>(), x, b, head);
  }

  // FLOPs of one (queries x keys x channels) product, masks ignored.
  double flops(Index channels) const { return 2.0 * double(B * H * N) * double(T) * double(channels); }

  // Calls f(b, g, first, last, scratch) for each task: queries [first, last), at most `most`, of key/value head g of
  // batch element b.  A thread takes several small tasks at a time.
  template <class F, class Do> void for_each_part(Index most, Do f) const {
    const Index queries = H / G * N, parts = queries > most ? (queries + most - 1) / most : 1;
    const Index work = std::max<Index>(1, std::min(queries, most) * T * (D + E));
    parallel_for(B * G * parts, std::max<Index>(1, (1 << 18) / work), [&](Index task, Index end) {
      const Tensor scratch = Tensor::empty({kernels::attention_scratch(D, E) / Index(sizeof(F))}, dtype_of<F>);
      for (; task < end; ++task) {
        const Index group = task / parts, first = task % parts * most;
        f(group / G, group % G, first, std::min(queries, first + most), scratch.mutable_data<F>());
      }
    });
  }
};

// A tensor of this shape (B, H, N, D) that lies in memory as (B, N, H, D): merging the heads of the result, or of a
// gradient, then copies nothing.
Tensor empty_by_position(const Shape& s, DType dtype) {
  return permute(Tensor::empty({s[0], s[2], s[1], s[3]}, dtype), {0, 2, 1, 3});
}

// Saved for the backward pass, per query: its largest score, and the sum of exp(score - largest).
struct Softmaxes {
  Tensor top, sum;  // (B, H, N)
};

Tensors attention_gradients(const Call& c, const Tensor& out, const Softmaxes& kept, const Tensor& upstream,
                            const std::vector<bool>& wanted) {
  const Tensor g = upstream.strides()[3] == 1 ? upstream : contiguous(upstream);
  // the scores again, the gradients of the weights, and one product for each wanted gradient
  profile::count_flops(c.flops((1 + wanted[0] + wanted[1]) * c.D + (1 + wanted[2]) * c.E));
  Tensors all(3);
  if (wanted[0]) all[0] = empty_by_position(c.q.shape(), c.q.dtype());
  if (wanted[1]) all[1] = empty_by_position(c.k.shape(), c.k.dtype());
  if (wanted[2]) all[2] = empty_by_position(c.v.shape(), c.v.dtype());
  with_float("attention", c.q.dtype(), [&](auto zero) {
    using F = decltype(zero);
    F* to[3];
    for (int i = 0; i < 3; ++i) to[i] = all[i].defined() ? all[i].mutable_data<F>() : nullptr;
    // All queries in one task: the gradients of keys and values are sums over them.
    c.for_each_part<F>(c.H / c.G * c.N, [&](Index b, Index kv, Index first, Index last, F* scratch) {
      const Index head = kv * (c.H / c.G), row = (b * c.H + head) * c.N;
      const auto shape = c.shape<F>(b, kv, first, last);
      const kernels::AttentionBackwardArrays<F> arrays{.q = c.heads<F>(c.q, b, head),
                                                       .k = c.heads<F>(c.k, b, kv),
                                                       .v = c.heads<F>(c.v, b, kv),
                                                       .out = c.heads<F>(out, b, head),
                                                       .top = kept.top.data<F>() + row,
                                                       .sum = kept.sum.data<F>() + row,
                                                       .g = c.heads<F>(g, b, head),
                                                       .gq = c.heads(to[0], all[0], b, head),
                                                       .gk = c.heads(to[1], all[1], b, kv),
                                                       .gv = c.heads(to[2], all[2], b, kv)};
      dispatch(kernels::AttentionBackward{}, &shape, &arrays, scratch);
    });
  });
  return all;
}

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const Call c(q, k, v, options);
  if (recording() && options.bias.requires_grad()) return composed::attention(q, k, v, options);
  const Tensor out = empty_by_position({c.B, c.H, c.N, c.E}, q.dtype());
  profile::count_flops(c.flops(c.D + c.E));
  const Softmaxes kept{Tensor::empty({c.B, c.H, c.N}, q.dtype()), Tensor::empty({c.B, c.H, c.N}, q.dtype())};
  with_float("attention", q.dtype(), [&](auto zero) {
    using F = decltype(zero);
    F *to = out.mutable_data<F>(), *top = kept.top.mutable_data<F>(), *sum = kept.sum.mutable_data<F>();
    c.for_each_part<F>(kernels::attention_queries, [&](Index b, Index kv, Index first, Index last, F* scratch) {
      const Index head = kv * (c.H / c.G), row = (b * c.H + head) * c.N;
      const auto shape = c.shape<F>(b, kv, first, last);
      const kernels::AttentionArrays<F> arrays{.q = c.heads<F>(c.q, b, head),
                                               .k = c.heads<F>(c.k, b, kv),
                                               .v = c.heads<F>(c.v, b, kv),
                                               .out = c.heads(to, out, b, head),
                                               .top = top + row,
                                               .sum = sum + row};
      dispatch(kernels::Attention{}, &shape, &arrays, scratch);
    });
  });
  return record_fused(
      "attention", out, {q, k, v},
      [c, kept](const Tensor& g, const Tensor& y, const auto& wanted) {
        return attention_gradients(c, y, kept, g, wanted);
      },
      [options](const Tensors& in) { return composed::attention(in[0], in[1], in[2], options); },
      {options.mask, options.bias});
}

}  // namespace latent
