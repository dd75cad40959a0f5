#include "nn/attention.h"

namespace latent::nn {

Tensor split_heads(const Tensor& x, Index heads) {
  if (x.rank() != 3 || heads < 1 || x.dim(2) % heads != 0)
    fail("split_heads: {} heads of a tensor {}, and (B, N, H D) is needed", heads, x.shape());
  return permute(reshape(x, {x.dim(0), x.dim(1), heads, x.dim(2) / heads}), {0, 2, 1, 3});
}

Tensor merge_heads(const Tensor& x) {
  return reshape(permute(x, {0, 2, 1, 3}), {x.dim(0), x.dim(2), x.dim(1) * x.dim(3)});
}

static AttentionSizes completed(AttentionSizes sizes) {
  if (sizes.input_channels == 0) sizes.input_channels = sizes.channels;
  if (sizes.width == 0) sizes.width = sizes.channels;
  if (sizes.heads < 1 || sizes.width % sizes.heads != 0)
    fail("MultiHeadAttention: {} channels do not split into {} heads", sizes.width, sizes.heads);
  return sizes;
}

MultiHeadAttention::MultiHeadAttention(AttentionSizes given, Init& init)
    : sizes(completed(given)),
      query(child("query", Linear(sizes.channels, sizes.width, init))),
      key(child("key", Linear(sizes.input_channels, sizes.width, init))),
      value(child("value", Linear(sizes.input_channels, sizes.width, init))),
      output(child("output", Linear(sizes.width, sizes.channels, init))) {}

Tensor MultiHeadAttention::operator()(const Tensor& x, const Tensor& input, const AttentionOptions& options) const {
  const Tensor q = split_heads(query(x), sizes.heads);      // (B, H, N, D)
  const Tensor k = split_heads(key(input), sizes.heads);    // (B, H, T, D)
  const Tensor v = split_heads(value(input), sizes.heads);  // (B, H, T, D)
  return output(merge_heads(attention(q, k, v, options)));
}

Tensor MultiHeadAttention::scores(const Tensor& x, const Tensor& input) const {
  const Tensor q = split_heads(query(x), sizes.heads), k = split_heads(key(input), sizes.heads);
  return matmul(q, transpose(k)) / std::sqrt(double(q.dim(-1)));
}

Index MultiHeadAttention::flops(Index queries, Index inputs) const {
  const Index products = 2 * 2 * queries * inputs * sizes.width;  // q kᵀ, and the weights times v
  return query.flops(queries) + key.flops(inputs) + value.flops(inputs) + products + output.flops(queries);
}

}  // namespace latent::nn
