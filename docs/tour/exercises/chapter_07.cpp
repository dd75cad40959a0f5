#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

Tensor absorbed_scores(const Tensor&, const Tensor&, const Tensor&, const Tensor&) { fail("7.1 is not solved yet"); }
bool absorbed_is_cheaper(Index, Index, Index, Index) { fail("7.2 is not solved yet"); }
nn::Linear fold_norm(const nn::LayerNorm&, const nn::Linear&) { fail("7.3 is not solved yet"); }

}  // namespace latent::tour
