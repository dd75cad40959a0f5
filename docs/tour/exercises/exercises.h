// The tasks of the tour's exercises; docs/tour/README.md explains how to work on them.
#pragma once
#include <functional>

#include "engine/engine.h"
#include "models/perceiver.h"
#include "nn/nn.h"

namespace latent::tour {

using ScalarFunction = std::function<Tensor(const Tensor& x)>;  // returns one number

// --- 1. A tensor is a view ---
Tensor diagonal(const Tensor& x);                 // (n, n) -> (n), a view
Tensor windows(const Tensor& x, Index size);      // (n) -> (n - size + 1, size), a view
Tensor patches(const Tensor& image, Index size);  // (h, w) -> (h w / size², size²), patch by patch, row by row

// --- 2. A gradient by hand, then by the tape ---
double numeric_slope(const std::function<double(double)>& f, double x);
Tensor cube(const Tensor& x);            // x³, with a rule of its own
Tensor cumulative_sum(const Tensor& x);  // (n) -> (n): y[i] = x[0] + ... + x[i]

// --- 3. Gradients of gradients ---
double newton_step(const ScalarFunction& f, double x);      // x after one step; f takes an f64 scalar
Tensor hessian(const ScalarFunction& f, const Tensor& x);   // (n) -> (n, n), f64
Tensor minimize(const ScalarFunction& f, const Tensor& x);  // from x to where all |gradient| < 1e-9

// --- 4. Kernels ---
void add_scaled(float factor, const float* x, float* y, Index n);  // y += factor x, on all threads
float dot(const float* a, const float* b, Index n);  // on all threads, same bits for any number of threads
void multiply(const float* a, const float* b, float* c, Index m, Index n,
              Index k);  // c (m, n) = a (m, k) b (k, n), in blocks

// --- 5. Attention ---
Tensor hide_future(const Tensor& scores);  // (..., N, N): -infinity where key > query, and no NaN after a softmax
Tensor entropy(const Tensor& weights);     // (..., N, T) -> (..., N), in bits; a weight of 0 adds 0
Tensor streamed_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                          Index tile);  // (N, D) (T, D) (T, E) -> (N, E)

// --- 6. The Perceiver ---
double score_bytes(Index queries, Index keys, Index heads);  // of all scores of one sample, f32
Tensor read_input(const Tensor& latents, const Tensor& input, const Tensor& query, const Tensor& key,
                  const Tensor& value);  // (N, D) (T, C) (W, D) (W, C) (E, C) -> (N, E): one head, no norms
models::PerceiverConfig
small_perceiver();  // of 8 x 8 pixels of 1 channel and 4 classes, with at most 10,000 parameters

// --- 7. The absorb trick ---
Tensor absorbed_scores(const Tensor& latents, const Tensor& input, const Tensor& query,
                       const Tensor& key);  // (N, D) (T, C) (W, D) (W, C) -> (N, T), unscaled, without keys
bool absorbed_is_cheaper(Index latents, Index inputs, Index channels,
                         Index width);                                   // counts multiplications
nn::Linear fold_norm(const nn::LayerNorm& norm, const nn::Linear& map);  // m: m(layer_norm(x)) == map(norm(x))

// --- 8. MLA and the cache ---
Index cache_bytes(Index layers, Index tokens, Index elements);  // f32; elements: of a token in a layer
Tensor next_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                      Tensors& cache);                     // (1, D) each; cache: keys, values; empty at first
std::pair<Tensor, Tensor> rank_one(const Tensor& matrix);  // (m, n) -> u (m), v (n): u vᵀ is nearest to the matrix

// --- 9. Training ---
double warm_up_cosine(Index step, Index steps, Index warm_up, double peak);  // as nn::cosine
Tensor shifted(const Tensor& image, Index down, Index right);                // (h, w) -> (h, w); zeros at the edge
Tensors average(const std::vector<Tensors>& weights,
                double decay);  // starts with the first: mean = decay mean + (1 - decay) next
struct TreeSum {
  Index level, number;  // level 0: a value
  float sum;
};
std::vector<TreeSum> own_sums(const std::vector<float>& values, Index begin, Index end);  // lowest level first

// --- 10. Extending ---
Tensor mish(const Tensor& x);    // x tanh(softplus(x)), Misra 2019
struct GatedUnit : nn::Module {  // value(x) * sigmoid(gate(x))        (..., in) -> (..., out), Dauphin et al. 2017
  nn::Linear value, gate;
  GatedUnit(Index in, Index out, nn::Init& init);
  Tensor operator()(const Tensor& x) const;
};
// Lion (Chen et al. 2023): with u = beta1 m + (1 - beta1) g, p -= lr sign(u); then m = beta2 m + (1 - beta2) g
void lion_step(const nn::Parameters& parameters, Tensors& momenta, double lr, double beta1, double beta2);

}  // namespace latent::tour
