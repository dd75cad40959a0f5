// Functions with one kernel forward and one backward.  composed.h defines each in plain operations.
#include <algorithm>
#include <cmath>

#include "engine/kernels/pairwise.h"
#include "engine/ops/composed.h"
#include "engine/dispatch.h"
#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {
namespace {

struct Rows {
  Index count, width, grain;
  explicit Rows(const Tensor& x)
      : count(elements(x.shape().first(x.rank() - 1))),
        width(x.size(-1)),
        grain(std::max(Index(1), 8192 / std::max(Index(1), width))) {}
};

// y = kernel(x...) row by row, all of one shape
template <class Kernel, class... X> Tensor by_rows(const char* op, const Kernel& kernel, const X&... xs) {
  const Tensor& first = std::get<0>(std::tie(xs...));
  const Tensor y = Tensor::empty(first.shape(), first.dtype());
  const Rows rows(first);
  with_float(op, first.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = y.mutable_data<T>();
    parallel_for(rows.width ? rows.count : 0, rows.grain, [&](Index i, Index end) {
      dispatch(kernel, xs.template data<T>() + i * rows.width..., to + i * rows.width, end - i, rows.width);
    });
  });
  return y;
}

template <class Forward, class Backward>
Tensor softmax_like(const char* op, const Tensor& x, Index axis, Composed composed) {
  axis = normalize_axis(op, axis, x.rank());
  if (axis != x.rank() - 1)
    return transpose(softmax_like<Forward, Backward>(op, transpose(x, axis, -1), -1, std::move(composed)), axis, -1);
  return record_fused(
      op, by_rows(op, Forward{}, contiguous(x.detach())), {x},
      [op](const Tensor& g, const Tensor& y, const auto&) {
        return Tensors{by_rows(op, Backward{}, y, contiguous(g))};
      },
      std::move(composed));
}

}  // namespace

Tensor softmax(const Tensor& x, Index axis) {
  return softmax_like<kernels::Softmax, kernels::SoftmaxBackward>(
      "softmax", x, axis, [](const Tensors& in) { return composed::softmax(in[0]); });
}
Tensor log_softmax(const Tensor& x, Index axis) {
  return softmax_like<kernels::LogSoftmax, kernels::LogSoftmaxBackward>(
      "log_softmax", x, axis, [](const Tensors& in) { return composed::log_softmax(in[0]); });
}

static void check_labels(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options) {
  if (logits.rank() == 0 || labels.shape() != logits.shape().first(logits.rank() - 1))
    fail("cross_entropy: labels of shape {} for logits of shape {}, whose last axis is the classes", labels.shape(),
         logits.shape());
  if (labels.dtype() != DType::i64)
    fail("cross_entropy: the labels are {}, and i64 is needed", to_string(labels.dtype()));
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1)) fail("cross_entropy: label smoothing {}, and 0 to 1 is possible", smoothing);
  const Tensor& weight = options.weight;
  const Index classes = logits.size(-1);
  if (weight.defined() && (weight.shape() != Shape{classes} || weight.dtype() != logits.dtype()))
    fail("cross_entropy: the weights are {} {}, and {} ({}) is needed", to_string(weight.dtype()), weight.shape(),
         to_string(logits.dtype()), classes);
  const Tensor list = contiguous(labels);
  const Index* label = list.data<Index>();
  for (Index i = 0; i < list.size(); ++i)
    if (label[i] != options.ignore_index && (label[i] < 0 || label[i] >= classes))
      fail("cross_entropy: label {} at position {} is out of range: 0 to {}", label[i], i, classes - 1);
}

static Tensor plain_cross_entropy(const Tensor& logits, const Tensor& labels, double smoothing) {
  const Tensor x = contiguous(logits.detach()), y = contiguous(labels);
  const Rows rows(x);
  const Index* label = y.data<Index>();
  const Tensor losses = Tensor::empty(labels.shape(), x.dtype()), log_sum = Tensor::empty(labels.shape(), x.dtype());
  with_float("cross_entropy", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T *loss = losses.mutable_data<T>(), *sums = log_sum.mutable_data<T>();
    parallel_for(rows.count, rows.grain, [&](Index i, Index end) {
      dispatch(kernels::CrossEntropy{}, x.data<T>() + i * rows.width, label + i, T(smoothing), loss + i, sums + i,
               end - i, rows.width);
    });
  });
  const auto gradients = [=](const Tensor& g, const Tensor&, const auto&) {
    const Tensor gx = Tensor::empty(x.shape(), x.dtype());
    with_float("cross_entropy", x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = gx.mutable_data<T>();
      parallel_for(rows.count, rows.grain, [&](Index i, Index end) {
        dispatch(kernels::CrossEntropyBackward{}, x.data<T>() + i * rows.width, y.data<Index>() + i, T(smoothing),
                 log_sum.data<T>() + i, T(g.item() / double(rows.count)), to + i * rows.width, end - i, rows.width);
      });
    });
    return Tensors{gx};
  };
  return record_fused("cross_entropy", mean(losses), {logits}, gradients,
                      [=](const Tensors& in) { return composed::cross_entropy(in[0], y, smoothing); }, {y});
}

static Tensor weighted_cross_entropy(const Tensor& logits, const Tensor& labels, const Tensor& weight,
                                     double smoothing) {
  const Tensor log_p = log_softmax(logits), chosen = squeeze(gather(log_p, -1, unsqueeze(labels, -1)), -1),
               each = reshape(index_select(weight, 0, reshape(labels, {labels.size()})), labels.shape());
  const Tensor loss = -sum(each * chosen) / sum(each);
  if (smoothing == 0) return loss;
  return (1 - smoothing) * loss - smoothing / double(logits.size(-1)) * sum(log_p * weight) / sum(each);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const CrossEntropyOptions& options) {
  check_labels(logits, labels, options);
  Tensor x = logits, y = labels;
  if (options.ignore_index) {  // keep only the other rows
    std::vector<double> rows;
    const std::vector<double> all = labels.values();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (Index(all[i]) != options.ignore_index) rows.push_back(double(i));
    const Tensor counted = tensor(rows, DType::i64);
    x = index_select(reshape(x, {labels.size(), x.size(-1)}), 0, counted);
    y = index_select(reshape(y, {labels.size()}), 0, counted);
  }
  return options.weight.defined() ? weighted_cross_entropy(x, y, options.weight, options.label_smoothing)
                                  : plain_cross_entropy(x, y, options.label_smoothing);
}
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, double label_smoothing) {
  return cross_entropy(logits, labels, {.label_smoothing = label_smoothing});
}

// LayerNorm, or RMSNorm with Centred false.
template <bool Centred>
static Tensor normalize(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, double eps,
                        Composed composed) {
  if (x.rank() == 0) fail("{}: x has shape (), and an axis is needed", op);
  const Rows rows(x);
  for (const Tensor* each : {&weight, &bias})
    if (each->defined() && (each->shape() != Shape{rows.width} || each->dtype() != x.dtype()))
      fail("{}: x is {} {}, so weight and bias must be {} ({}); one is {} {}", op, to_string(x.dtype()), x.shape(),
           to_string(x.dtype()), rows.width, to_string(each->dtype()), each->shape());
  const auto plain = [](const Tensor& t) { return t.defined() ? contiguous(t.detach()) : t; };
  const Tensor cx = plain(x), cw = plain(weight), cb = plain(bias), y = Tensor::empty(x.shape(), x.dtype());
  const Tensor mean = Centred ? Tensor::empty({rows.count, 2}, x.dtype()) : Tensor(),
               scale = Tensor::empty({rows.count}, x.dtype());
  with_float(op, x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto pointer = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
    T *to = y.mutable_data<T>(), *means = Centred ? mean.mutable_data<T>() : nullptr, *scales = scale.mutable_data<T>();
    parallel_for(rows.width ? rows.count : 0, rows.grain, [&](Index i, Index end) {
      dispatch(kernels::Normalize<Centred>{}, cx.data<T>() + i * rows.width, pointer(cw), pointer(cb), T(eps),
               to + i * rows.width, means ? means + 2 * i : means, scales + i, end - i, rows.width);
    });
  });
  const auto gradients = [=](const Tensor& upstream, const Tensor&, const std::vector<bool>& wanted) {
    const Tensor g = contiguous(upstream);
    const Index grain = std::min(rows.grain, kernels::run_length), pieces = (rows.count + grain - 1) / grain;
    const auto make = [&](bool wants, const Shape& shape) {
      return wants ? Tensor::empty(shape, x.dtype()) : Tensor();
    };
    Tensors all{make(wanted[0], x.shape()), make(wanted[1], {pieces, rows.width}),
                make(wanted.size() > 2 && wanted[2], {pieces, rows.width})};
    with_float(op, x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto from = [](const Tensor& t, Index i) { return t.defined() ? t.data<T>() + i : nullptr; };
      const auto into = [](const Tensor& t) { return t.defined() ? t.mutable_data<T>() : nullptr; };
      const auto at = [](T* p, Index i) { return p ? p + i : p; };
      T *gx = into(all[0]), *gw = into(all[1]), *gb = into(all[2]);
      parallel_for(rows.width ? rows.count : 0, grain, [&](Index i, Index end) {
        const Index piece = i / grain * rows.width;
        dispatch(kernels::NormalizeBackward<Centred>{}, from(cx, i * rows.width), from(cw, 0), from(mean, 2 * i),
                 from(scale, i), from(g, i * rows.width), at(gx, i * rows.width), at(gw, piece), at(gb, piece), end - i,
                 rows.width);
      });
    });
    for (size_t i : {1, 2})
      if (all[i].defined()) all[i] = sum(all[i], 0);
    return all;
  };
  return record_fused(op, y, Centred ? Tensors{x, weight, bias} : Tensors{x, weight}, gradients, std::move(composed));
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  return normalize<true>("layer_norm", x, weight, bias, eps,
                         [eps](const Tensors& in) { return composed::layer_norm(in[0], in[1], in[2], eps); });
}
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  return normalize<false>("rms_norm", x, weight, {}, eps,
                          [eps](const Tensors& in) { return composed::rms_norm(in[0], in[1], eps); });
}

// The mask is a function of the generator's seed and counter, so the backward pass computes it again: the gradient of
// dropout is dropout with the same mask.
static Tensor dropped(const Tensor& x, double p, const Generator& place, Index first) {
  const Tensor from = contiguous(x.detach()), y = Tensor::empty(x.shape(), x.dtype());
  const Index samples = x.rank() > 0 ? x.size(0) : 1, width = x.size() / std::max<Index>(1, samples);
  constexpr Index piece = 4096;
  const Index pieces = (width + piece - 1) / piece;  // of a sample
  with_float("dropout", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* out = y.mutable_data<T>();
    parallel_for(samples * pieces, std::max<Index>(1, piece / std::max<Index>(1, width)), [&](Index i, Index end) {
      for (; i < end; ++i) {
        const Index sample = i / pieces, begin = i % pieces * piece, at = sample * width + begin;
        dispatch(kernels::Dropout{}, from.data<T>() + at, out + at, std::min(piece, width - begin), p,
                 place.fold_in(std::uint64_t(first + sample)).seed(), place.counter() + std::uint64_t(begin));
      }
    });
  });
  return record("dropout", y, {{x, [=](const Tensor& g) { return dropped(g, p, place, first); }}});
}

Tensor dropout(const Tensor& x, double p, Generator& generator, Index first) {
  if (!(p >= 0 && p < 1)) fail("dropout: probability {}, and 0 to below 1 is possible", p);
  if (x.dtype() == DType::i64) fail("dropout: the tensor is i64, and f32 or f64 is needed");
  if (p == 0) return x;
  const Generator place = generator;
  generator.take(x.rank() > 0 ? elements(x.shape().last(x.rank() - 1)) : 1);
  return dropped(x, p, place, first);
}

// The gradient is a rotation by the opposite angle.
static Tensor rotated(const Tensor& x, const Tensor& cosines, const Tensor& sines, bool interleaved) {
  const Tensor from = contiguous(x.detach()), c = contiguous(cosines), s = contiguous(sines),
               y = Tensor::empty(x.shape(), x.dtype());
  const Index tokens = c.size(0), pairs = c.size(1), width = x.size(-1), heads = width / std::max<Index>(1, 2 * pairs);
  with_float("rotate_pairs", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = y.mutable_data<T>();
    const Index rows = width > 0 ? x.size() / width : 0;
    parallel_for(rows, std::max<Index>(1, 8192 / std::max<Index>(1, width)), [&](Index i, Index end) {
      for (; i < end; ++i) {
        const Index token = i % tokens * pairs;
        dispatch(kernels::RotatePairs{}, from.data<T>() + i * width, c.data<T>() + token, s.data<T>() + token,
                 to + i * width, heads, pairs, interleaved);
      }
    });
  });
  return record("rotate_pairs", y,
                {{x, [=](const Tensor& g) { return rotated(g, cosines, -sines, interleaved); }, {cosines, sines}}});
}

Tensor rotate_pairs(const Tensor& x, const Tensor& cosines, const Tensor& sines, bool interleaved) {
  const bool fits = x.rank() >= 2 && cosines.rank() == 2 && x.size(-2) == cosines.size(0) && cosines.size(1) > 0 &&
                    x.size(-1) % (2 * cosines.size(1)) == 0;
  if (!fits || cosines.shape() != sines.shape())
    fail("rotate_pairs: x {}, cosines {} and sines {}; needed are (..., T, H D), (T, D / 2) and the same", x.shape(),
         cosines.shape(), sines.shape());
  if (cosines.dtype() != x.dtype() || sines.dtype() != x.dtype())
    fail("rotate_pairs: x is {}, the cosines are {} and the sines {}; they must be of one type", to_string(x.dtype()),
         to_string(cosines.dtype()), to_string(sines.dtype()));
  if (recording() && (cosines.requires_grad() || sines.requires_grad()))
    fail("rotate_pairs: the angles want a gradient, and the op has no rule for it");
  return rotated(x, cosines, sines, interleaved);
}

}  // namespace latent
