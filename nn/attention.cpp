#include "nn/attention.h"

namespace latent::nn {

Tensor split_heads(const Tensor& x, Index heads) {
  if (x.rank() != 3 || heads < 1 || x.size(2) % heads != 0)
    fail("split_heads: {} heads of a tensor {}, and (B, N, H D) is needed", heads, x.shape());
  return permute(reshape(x, {x.size(0), x.size(1), heads, x.size(2) / heads}), {0, 2, 1, 3});
}

Tensor merge_heads(const Tensor& x) {
  return reshape(permute(x, {0, 2, 1, 3}), {x.size(0), x.size(2), x.size(1) * x.size(3)});
}

Tensor by_head(const Tensor& weight, Index heads) {
  return reshape(weight, {heads, weight.size(0) / heads, weight.size(1)});
}

static AttentionSizes completed(AttentionSizes sizes) {
  if (sizes.input_channels == 0) sizes.input_channels = sizes.channels;
  if (sizes.width == 0) sizes.width = sizes.channels;
  if (sizes.kv_heads == 0) sizes.kv_heads = sizes.heads;
  if (sizes.channels < 1 || sizes.input_channels < 1)
    fail("MultiHeadAttention: {} channels, and inputs of {}; each must be at least 1", sizes.channels,
         sizes.input_channels);
  if (sizes.heads < 1 || sizes.width % sizes.heads != 0)
    fail("MultiHeadAttention: {} channels do not split into {} heads", sizes.width, sizes.heads);
  if (sizes.kv_heads < 1 || sizes.heads % sizes.kv_heads != 0)
    fail("MultiHeadAttention: {} query heads cannot share {} key/value heads evenly", sizes.heads, sizes.kv_heads);
  if (const Index head = sizes.width / sizes.heads; sizes.rotary && head % 2 != 0)
    fail("MultiHeadAttention: rotary positions need heads of an even number of channels, and these have {}", head);
  return sizes;
}

static Index kv_width(const AttentionSizes& sizes) { return sizes.width / sizes.heads * sizes.kv_heads; }

MultiHeadAttention::MultiHeadAttention(AttentionSizes given, Init& init)
    : sizes(completed(given)),
      query(child("query", Linear(sizes.channels, sizes.width, init, sizes.bias))),
      key(child("key", Linear(sizes.input_channels, kv_width(sizes), init, sizes.bias))),
      value(child("value", Linear(sizes.input_channels, kv_width(sizes), init, sizes.bias))),
      output(child("output", Linear(sizes.width, sizes.channels, init, sizes.bias))) {}

// Queries or keys, rotated if positions are rotary                                        (B, N, H D) -> (B, N, H D)
Tensor MultiHeadAttention::turned(const Tensor& x, Index heads, Index first) const {
  return sizes.rotary ? (*sizes.rotary)(x, first, heads) : x;
}

Tensor MultiHeadAttention::operator()(const Tensor& x, const Tensor& input, const AttentionOptions& options) const {
  const Tensor q = split_heads(turned(query(x), sizes.heads, input.size(1) - x.size(1)), sizes.heads);  // (B, H, N, D)
  const Tensor k = split_heads(turned(key(input), sizes.kv_heads, 0), sizes.kv_heads);                  // (B, G, T, D)
  const Tensor v = split_heads(value(input), sizes.kv_heads);                                           // (B, G, T, D)
  return output(merge_heads(attention(q, k, v, options)));
}

Tensor MultiHeadAttention::operator()(const Tensor& x, KVCache& cache) const {
  const Index past = cache.length();
  const Tensor q = split_heads(turned(query(x), sizes.heads, past), sizes.heads);
  const Tensor k = turned(key(x), sizes.kv_heads, past);
  const Tensors all = cache.append({k, value(x)});  // (B, T, G D)
  return output(merge_heads(
      attention(q, split_heads(all[0], sizes.kv_heads), split_heads(all[1], sizes.kv_heads), {.causal = true})));
}

KVCache MultiHeadAttention::cache(Index batch, Index capacity) const {
  return KVCache(batch, capacity, {kv_width(sizes), kv_width(sizes)}, key.weight.dtype());
}

Tensor MultiHeadAttention::scores(const Tensor& x, const Tensor& input) const {
  const Index group = sizes.heads / sizes.kv_heads;
  const Tensor q = split_heads(turned(query(x), sizes.heads, input.size(1) - x.size(1)), sizes.heads);
  const Tensor k = split_heads(turned(key(input), sizes.kv_heads, 0), sizes.kv_heads);
  const auto [B, N, D] = std::tuple(q.size(0), q.size(2), q.size(3));
  const Tensor grouped = reshape(q, {B, sizes.kv_heads, group * N, D});  // the queries that share a key head, in a row
  return reshape(matmul(grouped, transpose(k)), {B, sizes.heads, N, k.size(2)}) / std::sqrt(double(D));
}

Index MultiHeadAttention::flops(Index queries, Index inputs) const {
  const Index products = 2 * 2 * queries * inputs * sizes.width;  // q kᵀ, and the weights times v
  return query.flops(queries) + key.flops(inputs) + value.flops(inputs) + products + output.flops(queries);
}

}  // namespace latent::nn
