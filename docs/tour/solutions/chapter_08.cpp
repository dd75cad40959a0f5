#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

Index cache_bytes(Index layers, Index tokens, Index elements) { return layers * tokens * elements * 4; }

Tensor next_attention(const Tensor& q, const Tensor& k, const Tensor& v, Tensors& cache) {
  if (cache.empty())
    cache = {k, v};
  else
    cache = {concat({cache[0], k}, 0), concat({cache[1], v}, 0)};
  return matmul(softmax(matmul(q, transpose(cache[0])) / std::sqrt(double(q.size(-1)))), cache[1]);
}

// Each product with MᵀM scales the first singular direction by more than the others, so v converges to it.
std::pair<Tensor, Tensor> rank_one(const Tensor& matrix) {
  const auto unit = [](const Tensor& x) { return x * rsqrt(sum(x * x)); };
  Generator generator(0);
  Tensor v = unit(randn({matrix.size(1)}, generator, matrix.dtype()));
  for (int turn = 0; turn < 500; ++turn) v = unit(matmul(transpose(matrix), matmul(matrix, v)));
  return {matmul(matrix, v), v};
}

}  // namespace latent::tour
