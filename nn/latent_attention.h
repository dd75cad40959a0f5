// The Perceiver's cross-attend (Jaegle et al. 2021): N learned latents attend to T inputs, in time O(N T).
//
// With x̂ the input normalised without weight and bias, the input's LayerNorm folds into the maps that follow it:
//
//   W (g ∘ x̂ + b) + c  =  (W ∘ g) x̂ + (W b + c)  =  W' x̂ + c'
//
// so x̂ is a constant where the input is data, and every attend can share it.  Two forms of one head are then the same
// by algebra (q is the query of one latent, X̂ all inputs):
//
//   plain      softmax(q (X̂ Wk'ᵀ + ck')ᵀ) (X̂ Wv'ᵀ + cv')       keys and values are made for all T inputs
//   absorbed   softmax((q Wk') X̂ᵀ) X̂ Wv'ᵀ + cv'                 keys and values are X̂ itself
//
// because q·ck' shifts a whole row of scores, which softmax does not see, and because the weights of a row sum to 1.
#pragma once
#include "nn/attention.h"
#include "nn/norm.h"

namespace latent::nn {

struct LatentAttentionSizes {
  Index latents = 0;         // N
  Index channels = 0;        // of the latents and of the result
  Index input_channels = 0;  // C
  Index width = 0;           // H D, inside the heads; 0: the smaller of both, rounded up to a multiple of the heads
  Index heads = 1;           // H
};

struct LatentAttention : Module {
  LatentAttentionSizes sizes;
  bool absorbed;
  LayerNorm latent_norm, input_norm;
  Linear query, key, value, output;

  // Automatic takes the form with fewer multiplications in a training step.  For each input, with W = H D,
  //   plain      4 C W + 7 N W    to make keys and values, and their weights' gradients; 2 products in attention, 5 back
  //   absorbed   5 N H C          2 products in attention, and 3 back, as no gradient goes to keys and values
  // where D counts as 16 at least, because kernels take 16 channels at a time.
  LatentAttention(const LatentAttentionSizes& sizes, Init& init, AttentionForm form = AttentionForm::automatic);

  // Keys and values: made once where several attends with the same weights read the same input.
  struct KeysValues {
    Tensor keys, values;  // (B, H, T, D) plain, (B, 1, T, C) absorbed
  };
  KeysValues keys_values(const Tensor& normalized) const;  // of x̂ = layer_norm(input)      (B, T, C)

  Tensor operator()(const Tensor& latents,
                    const KeysValues& source) const;  // (B or 1, N, C) -> (B, N, C)
  Tensor operator()(const Tensor& latents, const Tensor& input) const {
    return (*this)(latents, keys_values(layer_norm(input)));
  }

  // q kᵀ / sqrt(D), before the softmax, after which it is too sparse to see: for pictures.     -> (B, H, N, T)
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
