// Generating text, token by token.
#pragma once
#include "models/transformer.h"

namespace latent::models {

// How the next token is drawn.
struct Sampling {
  double temperature = 1;  // scores are divided by it; 0: always the likeliest token
  Index top_k = 0;         // among the k likeliest; 0: all
  double top_p = 1;        // nucleus sampling: among the fewest whose probabilities sum up to p (Holtzman et al. 2020)
};

// A token, by its scores (V).  Equal scores: the first token first.
Index sample(const Tensor& logits, const Sampling& sampling, Generator& generator);

struct Generation {
  Sampling sampling;
  bool cached = true;
};

// Calls visit(token) for each new token after the prompt, until it returns false.  With a cache a token is read once, and
// again when the cache has to grow, or when the context is full and only the last half of it is kept.  Without, all is
// read for every token.  Error if the prompt is empty or longer than the context.
void generate(const LanguageModel& model, std::vector<Index> text, const Generation& how, Generator& generator,
              const std::function<bool(Index token)>& visit);

}  // namespace latent::models
