#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

double newton_step(const ScalarFunction&, double) { fail("3.1 is not solved yet"); }
Tensor hessian(const ScalarFunction&, const Tensor&) { fail("3.2 is not solved yet"); }
Tensor minimize(const ScalarFunction&, const Tensor&) { fail("3.3 is not solved yet"); }

}  // namespace latent::tour
