#include "engine/ops/composed.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace latent::composed {

Tensor log_softmax(const Tensor& x) {
  const Tensor shifted = x.size(-1) == 0 ? x : x - max(x.detach(), -1, true);
  return shifted - log(sum(exp(shifted), -1, true));
}
Tensor softmax(const Tensor& x) { return exp(composed::log_softmax(x)); }

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, double label_smoothing) {
  const Tensor log_p = composed::log_softmax(logits);
  const Tensor chosen = squeeze(gather(log_p, -1, unsqueeze(labels, -1)), -1);
  if (label_smoothing == 0) return -mean(chosen);  // 0 times -infinity is not 0
  return -mean(chosen * (1 - label_smoothing) + mean(log_p, -1) * label_smoothing);
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  const Tensor near = x - mean(x, -1, true).detach(), centred = near - mean(near, -1, true);  // as var() does
  Tensor y = centred * rsqrt(mean(centred * centred, -1, true) + eps);
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  const Tensor y = x * rsqrt(mean(x * x, -1, true) + eps);
  return weight.defined() ? y * weight : y;
}

Tensor dropout(const Tensor& x, double p, Generator& generator, Index first) {
  const Shape sample = x.shape().last(x.rank() - 1);
  const std::uint64_t counter = generator.take(elements(sample));
  Tensors drawn;
  for (Index i = 0; i < x.size(0); ++i) {
    Generator own(generator.fold_in(std::uint64_t(first + i)).seed(), counter);
    drawn.push_back(rand(sample, own, x.dtype()));
  }
  const Tensor kept = greater_equal(stack(drawn, 0), scalar(p, x.dtype()));
  return where(kept, x * (1 / (1 - p)), scalar(0, x.dtype()));
}

// 1 where query n may see key t
static Tensor visible(const Tensor& q, Index T, const AttentionOptions& options) {
  const Index N = q.size(-2);
  const auto number = [&](double value) { return scalar(value, q.dtype()); };
  Tensor unmasked = options.mask.defined() ? options.mask.detach() : number(1);
  if (options.bias.defined())
    unmasked = unmasked * not_equal(options.bias, number(-std::numeric_limits<double>::infinity()));
  if (options.causal)
    unmasked = unmasked * less_equal(arange(0, double(T), 1, q.dtype()),
                                     unsqueeze(arange(double(T - N), double(T), 1, q.dtype()), -1));
  return unmasked;
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const Index B = q.size(0), H = q.size(1), N = q.size(2), D = q.size(3), G = k.size(1), T = k.size(2), E = v.size(3);
  const double scale = options.scale.value_or(1 / std::sqrt(std::max(1.0, double(D))));
  // (B, G, H / G, ...): the query heads of a group share a key/value head by broadcasting
  const Tensor queries = reshape(q, {B, G, H / G, N, D});
  const Tensor products = reshape(matmul(queries, transpose(unsqueeze(k, 2))) * scale, {B, H, N, T});
  const Tensor scores = options.bias.defined() ? products + options.bias : products;
  const Tensor unmasked = broadcast_to(visible(q, T, options), scores.shape());
  const Tensor none = scalar(0, q.dtype());
  const double least =
      q.dtype() == DType::f32 ? std::numeric_limits<float>::lowest() : std::numeric_limits<double>::lowest();
  const Tensor top = T > 0 ? max(where(unmasked, scores.detach(), scalar(least, q.dtype())), -1, true) : none;
  const Tensor weights = where(unmasked, exp(where(unmasked, scores - top, none)), none);
  const Tensor total = sum(weights, -1, true);
  const Tensor shares = weights / (total + equal(total, none));  // a query without keys: 0 / 1
  return reshape(matmul(reshape(shares, {B, G, H / G, N, T}), unsqueeze(v, 2)), {B, H, N, E});
}

}  // namespace latent::composed
