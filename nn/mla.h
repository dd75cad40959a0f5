// Multi-head latent attention (DeepSeek-V2, 2024, section 2.1): the keys and values of a token are linear maps of one
// narrow code, and the cache holds only the code.  "Latent" here means a code of channels; the latents of
// latent_attention.h are tokens.  Names are the paper's: d_c, d_h, d_r, n_h.
//
//   c = RMSNorm(W_DKV h)                  (9)   the code, d_c numbers
//   k_C = W_UK c     v_C = W_UV c   (10, 11)
//   c' = RMSNorm(W_DQ h)                 (12)   or c' = h without query compression
//   q_C = W_UQ c'    q_R = RoPE(W_QR c') (13, 14)
//   k_R = RoPE(W_KR h)                   (15)   one for all heads
//   o = softmax([q_C; q_R] [k_C; k_R]ᵀ / sqrt(d_h + d_r)) v_C,    u = W_O [o of all heads]      (16 to 19)
//
// Positions have channels of their own because a rotation between W_UQ and W_UK would prevent the absorbed form
// (vectors are columns above, as in the paper, and rows below, as in a Tensor):
//
//   q_C k_Cᵀ = (q_C W_UK) cᵀ      o = (weights c) W_UVᵀ
//
// so queries attend to the codes themselves: one key head of d_c + d_r channels, whose first d_c are the values.
#pragma once
#include "nn/attention.h"
#include "nn/norm.h"

namespace latent::nn {

struct MlaSizes {
  Index channels = 0;             // d, of tokens
  Index heads = 1;                // n_h
  Index head_channels = 0;        // d_h
  Index code_channels = 0;        // d_c
  Index query_code_channels = 0;  // d'_c; 0: queries are not compressed
  Index rotary_channels = 0;      // d_r, even
  Rotary rotary = {};
  AttentionForm decoding = AttentionForm::automatic;  // from a cache

  Index cache_elements() const { return code_channels + rotary_channels; }  // for each token
};

struct MultiHeadLatentAttention : Module {
  MlaSizes sizes;
  Linear code_down;  // W_DKV
  RMSNorm code_norm;
  Linear key_up, value_up;           // W_UK, W_UV
  Linear key_rotary;                 // W_KR
  std::optional<Linear> query_down;  // W_DQ
  std::optional<RMSNorm> query_norm;
  Linear query_up, query_rotary;  // W_UQ, W_QR
  Linear output;                  // W_O

  MultiHeadLatentAttention(const MlaSizes& sizes, Init& init);

  // Self-attention; the plain form by default                                           (B, T, d) -> (B, T, d)
  Tensor operator()(const Tensor& x, const AttentionOptions& options = {},
                    AttentionForm form = AttentionForm::plain) const;

  // Causal self-attention of the next N tokens: appends them to the cache and attends to it.  Automatic takes the form
  // with fewer multiplications: for N queries on T tokens, in each head,
  //   plain      2 T d_c d_h + N T (2 d_h + d_r)             to expand all codes; to attend
  //   absorbed   2 N d_c d_h + N T (2 d_c + d_r)                                                (B, N, d) -> (B, N, d)
  Tensor operator()(const Tensor& x, KVCache& cache) const;
  KVCache cache(Index batch, Index capacity) const;  // of [c; k_R]: d_c + d_r numbers for each token

  Index flops(Index tokens) const;  // of the plain form

 private:
  Tensor queries(const Tensor& x, Index first) const;
  Tensor rows(const Tensor& x, Index first) const;
  Tensor plain(const Tensor& q, const Tensor& rows, const AttentionOptions& options) const;
  Tensor absorbed(const Tensor& q, const Tensor& rows, AttentionOptions options) const;
};

}  // namespace latent::nn
