#include "nn/mla.h"

#include <algorithm>
#include <cmath>

namespace latent::nn {

static const MlaSizes& checked(const MlaSizes& sizes) {
  if (std::min({sizes.channels, sizes.heads, sizes.head_channels, sizes.code_channels}) < 1 ||
      sizes.query_code_channels < 0)
    fail(
        "MultiHeadLatentAttention: {} channels, {} heads of {} channels, codes of {} and query codes of {}; all but "
        "the last must be at least 1",
        sizes.channels, sizes.heads, sizes.head_channels, sizes.code_channels, sizes.query_code_channels);
  if (sizes.rotary_channels < 2 || sizes.rotary_channels % 2 != 0)
    fail("MultiHeadLatentAttention: {} rotary channels, and an even number from 2 on is needed", sizes.rotary_channels);
  return sizes;
}

static Index query_input(const MlaSizes& sizes) {
  return sizes.query_code_channels > 0 ? sizes.query_code_channels : sizes.channels;
}

static Linear map(Index in, Index out, Init& init) { return Linear(in, out, init, false); }

// A layer of the query compression; none if queries are not compressed
template <class Make> static auto compressing(const MlaSizes& sizes, Make make) {
  return sizes.query_code_channels > 0 ? std::optional(make()) : std::nullopt;
}

MultiHeadLatentAttention::MultiHeadLatentAttention(const MlaSizes& given, Init& init)
    : sizes(checked(given)),
      code_down(child("code_down", map(sizes.channels, sizes.code_channels, init))),
      code_norm(child("code_norm", RMSNorm(sizes.code_channels, init))),
      key_up(child("key_up", map(sizes.code_channels, sizes.heads * sizes.head_channels, init))),
      value_up(child("value_up", map(sizes.code_channels, sizes.heads * sizes.head_channels, init))),
      key_rotary(child("key_rotary", map(sizes.channels, sizes.rotary_channels, init))),
      query_down(child("query_down",
                       compressing(sizes, [&] { return map(sizes.channels, sizes.query_code_channels, init); }))),
      query_norm(child("query_norm", compressing(sizes, [&] { return RMSNorm(sizes.query_code_channels, init); }))),
      query_up(child("query_up", map(query_input(sizes), sizes.heads * sizes.head_channels, init))),
      query_rotary(child("query_rotary", map(query_input(sizes), sizes.heads * sizes.rotary_channels, init))),
      output(child("output", map(sizes.heads * sizes.head_channels, sizes.channels, init))) {}

// [q_C; q_R] of all heads                                                           (B, N, d) -> (B, n_h, N, d_h + d_r)
Tensor MultiHeadLatentAttention::queries(const Tensor& x, Index first) const {
  const Tensor code = query_down ? (*query_norm)((*query_down)(x)) : x;
  return concat({split_heads(query_up(code), sizes.heads),
                 split_heads(sizes.rotary(query_rotary(code), first, sizes.heads), sizes.heads)});
}

// [c; k_R], the row of each token in the cache                                           (B, N, d) -> (B, N, d_c + d_r)
Tensor MultiHeadLatentAttention::rows(const Tensor& x, Index first) const {
  return concat({code_norm(code_down(x)), sizes.rotary(key_rotary(x), first)});
}

// The results of all heads, from queries and rows                                                   -> (B, n_h, N, d_h)
Tensor MultiHeadLatentAttention::plain(const Tensor& q, const Tensor& rows, const AttentionOptions& options) const {
  const Tensor code = slice(rows, -1, 0, sizes.code_channels);
  const Tensor k_r = unsqueeze(slice(rows, -1, sizes.code_channels, rows.size(-1)), 1);
  const Tensor k_c = split_heads(key_up(code), sizes.heads), v = split_heads(value_up(code), sizes.heads);
  const Tensor k = concat({k_c, broadcast_to(k_r, {k_c.size(0), sizes.heads, k_c.size(2), sizes.rotary_channels})});
  return attention(q, k, v, options);
}

Tensor MultiHeadLatentAttention::absorbed(const Tensor& q, const Tensor& rows, AttentionOptions options) const {
  const Index d_h = sizes.head_channels;
  const Tensor absorbed_q = matmul(slice(q, -1, 0, d_h), by_head(key_up.weight, sizes.heads));
  const Tensor keys = unsqueeze(rows, 1), code = slice(keys, -1, 0, sizes.code_channels);
  options.scale = options.scale.value_or(1 / std::sqrt(double(q.size(-1))));  // the scale of the plain form
  const Tensor attended = attention(concat({absorbed_q, slice(q, -1, d_h, q.size(-1))}), keys, code, options);
  return matmul(attended, transpose(by_head(value_up.weight, sizes.heads)));
}

// Whether the form, for N queries on T tokens, is the absorbed one
static bool is_absorbed(AttentionForm form, const MlaSizes& sizes, Index N, Index T) {
  if (form != AttentionForm::automatic) return form == AttentionForm::absorbed;
  const auto [d_h, d_c, d_r] = std::tuple(sizes.head_channels, sizes.code_channels, sizes.rotary_channels);
  return 2 * N * d_c * d_h + N * T * (2 * d_c + d_r) < 2 * T * d_c * d_h + N * T * (2 * d_h + d_r);
}

Tensor MultiHeadLatentAttention::operator()(const Tensor& x, const AttentionOptions& options,
                                            AttentionForm form) const {
  const Tensor q = queries(x, 0), codes = rows(x, 0);
  const bool absorb = is_absorbed(form, sizes, x.size(1), x.size(1));
  return output(merge_heads(absorb ? absorbed(q, codes, options) : plain(q, codes, options)));
}

Tensor MultiHeadLatentAttention::operator()(const Tensor& x, KVCache& cache) const {
  const Index first = cache.length();
  const Tensor q = queries(x, first), all = cache.append({rows(x, first)})[0];
  const bool absorb = is_absorbed(sizes.decoding, sizes, x.size(1), all.size(1));
  const AttentionOptions causal{.causal = true};
  return output(merge_heads(absorb ? absorbed(q, all, causal) : plain(q, all, causal)));
}

KVCache MultiHeadLatentAttention::cache(Index batch, Index capacity) const {
  return KVCache(batch, capacity, {sizes.cache_elements()}, output.weight.dtype());
}

Index MultiHeadLatentAttention::flops(Index tokens) const {
  const Index queried =
      query_up.flops(tokens) + query_rotary.flops(tokens) + (query_down ? query_down->flops(tokens) : 0);
  const Index made = code_down.flops(tokens) + key_rotary.flops(tokens) + key_up.flops(tokens) + value_up.flops(tokens);
  const Index products = 2 * tokens * tokens * sizes.heads * (2 * sizes.head_channels + sizes.rotary_channels);
  return queried + made + products + output.flops(tokens);
}

}  // namespace latent::nn
