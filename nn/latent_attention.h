// The Perceiver's cross-attend (Jaegle et al. 2021): N learned latents attend to T inputs, in time O(N T).
//
// With x̂ the input normalised without weight and bias, the input's LayerNorm (weight g, bias b) folds into the linear
// maps (weight W, bias c) that follow it:
//
//   W (g ∘ x̂ + b) + c  =  (W ∘ g) x̂ + (W b + c)  =  W' x̂ + c'
//
// so x̂ is a constant where the input is data, and all cross-attends can share it.  Two forms of one head then give the
// same result (q is the query of one latent, X̂ all inputs):
//
//   plain      softmax(q (X̂ Wk'ᵀ + ck')ᵀ) (X̂ Wv'ᵀ + cv')       keys and values are made for all T inputs
//   absorbed   softmax((q Wk') X̂ᵀ) X̂ Wv'ᵀ + cv'                 keys and values are X̂ itself
//
// because q·ck' adds one number to a row of scores, which does not change the softmax, and a row of weights sums to 1.
#pragma once
#include "nn/attention.h"
#include "nn/norm.h"

namespace latent::nn {

struct LatentAttentionSizes {
  Index latents = 0;         // N
  Index channels = 0;        // C, of the latents and of the result
  Index input_channels = 0;  // C'
  Index width = 0;           // W = H D; 0: the smaller of `channels` and input_channels, rounded up to a multiple of H
  Index heads = 1;           // H
};

struct LatentAttention : Module {
  LatentAttentionSizes sizes;
  bool absorbed;
  LayerNorm latent_norm, input_norm;
  Linear query, key, value, output;

  // Automatic takes the form with fewer multiplications in a training step.  They are, for each input,
  //   plain      4 C' W + 7 N W   to make keys and values, and their weights' gradients; in attention 2 forward, 5 back
  //   absorbed   5 N H C'         in attention 2 forward, 3 back, as no gradient goes to keys and values
  // where D counts as at least 16, because kernels take 16 channels at a time.
  LatentAttention(const LatentAttentionSizes& sizes, Init& init, AttentionForm form = AttentionForm::automatic);

  // Keys and values, which cross-attends with the same weights on the same input share.
  struct KeysValues {
    Tensor keys, values;  // (B, H, T, D) plain, (B, 1, T, C') absorbed
  };
  KeysValues keys_values(const Tensor& normalized) const;  // of x̂ = layer_norm(input)      (B, T, C')

  Tensor operator()(const Tensor& latents,
                    const KeysValues& source) const;  // (B or 1, N, C) -> (B, N, C)
  Tensor operator()(const Tensor& latents, const Tensor& input) const {
    return (*this)(latents, keys_values(layer_norm(input)));
  }

  // q kᵀ / sqrt(D), for pictures: the scores before the softmax, which makes them too sparse.  -> (B, H, N, T)
  Tensor scores(const Tensor& latents, const Tensor& input) const;

  Index flops(Index latents, Index inputs) const;  // of the plain form, as papers count

 private:
  struct Affine {
    Tensor weight, bias;
  };
  Affine folded(const Linear& map) const;
  Tensor queries(const Tensor& latents) const;
};

}  // namespace latent::nn
