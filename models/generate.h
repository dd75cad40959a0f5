// Generating text, token by token.
#pragma once
#include "models/transformer.h"

namespace latent::models {

// How the next token is drawn.
struct Sampling {
  double temperature = 1;  // scores are divided by it; 0: always the likeliest token
  Index top_k = 0;         // draws among the k likeliest; 0: among all
  double top_p = 1;        // nucleus sampling (Holtzman et al. 2020): among the likeliest that together reach p
};

// Draws a token by its scores (V).  Of equal scores the first token ranks first.
Index sample(const Tensor& logits, const Sampling& sampling, Generator& generator);

struct Generation {
  Sampling sampling;
  bool cached = true;
};

// Calls visit(token) for each new token after the prompt, until visit() returns false.  With a cache each token is read
// once, and again when the cache grows, or when the context is full and is cut to its last half.  Without a cache all
// tokens are read again for every new one.  Error if the prompt is empty or longer than the context.
void generate(const LanguageModel& model, std::vector<Index> text, const Generation& how, Generator& generator,
              const std::function<bool(Index token)>& visit);

}  // namespace latent::models
