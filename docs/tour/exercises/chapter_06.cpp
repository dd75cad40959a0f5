#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

double score_bytes(Index, Index, Index) { fail("6.1 is not solved yet"); }
Tensor read_input(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&) {
  fail("6.2 is not solved yet");
}
models::PerceiverConfig small_perceiver() { fail("6.3 is not solved yet"); }

}  // namespace latent::tour
