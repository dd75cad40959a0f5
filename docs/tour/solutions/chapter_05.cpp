#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

// A row of -infinity alone would give NaN after a softmax.  There is none, because each query sees itself.  A very low score
// in place of -infinity would work as well.
Tensor hide_future(const Tensor& scores) {
  const Tensor place = arange(0, double(scores.size(-1)), 1, scores.dtype());
  const Tensor seen = less_equal(unsqueeze(place, 0), unsqueeze(place, 1));  // key <= query
  return where(seen, scores, scalar(-INFINITY, scores.dtype()));
}

Tensor entropy(const Tensor& weights) {
  const Tensor safe = where(greater(weights, scalar(0, weights.dtype())), weights, ones_like(weights));  // log 1 = 0
  return sum(safe * log(safe), -1) / -std::log(2.0);
}

Tensor streamed_attention(const Tensor& q, const Tensor& k, const Tensor& v, Index tile) {
  const Index queries = q.size(0), inputs = k.size(0);
  const Tensor scaled = q / std::sqrt(double(q.size(1)));
  Tensor top = full({queries, 1}, -INFINITY, q.dtype()), total = zeros({queries, 1}, q.dtype()),
         mixed = zeros({queries, v.size(1)}, q.dtype());
  for (Index first = 0; first < inputs; first += tile) {
    const Index last = std::min(inputs, first + tile);
    const Tensor scores = matmul(scaled, transpose(slice(k, 0, first, last)));
    const Tensor higher = maximum(top, max(scores, -1, true)), shrunk = exp(top - higher),
                 likely = exp(scores - higher);
    total = total * shrunk + sum(likely, -1, true);
    mixed = mixed * shrunk + matmul(likely, slice(v, 0, first, last));
    top = higher;
  }
  return mixed / total;
}

}  // namespace latent::tour
