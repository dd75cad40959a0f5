#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

double warm_up_cosine(Index, Index, Index, double) { fail("9.1 is not solved yet"); }
Tensor shifted(const Tensor&, Index, Index) { fail("9.2 is not solved yet"); }
Tensors average(const std::vector<Tensors>&, double) { fail("9.3 is not solved yet"); }
std::vector<TreeSum> own_sums(const std::vector<float>&, Index, Index) { fail("9.4 is not solved yet"); }

}  // namespace latent::tour
