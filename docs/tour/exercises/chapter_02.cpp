#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

double numeric_slope(const std::function<double(double)>&, double) { fail("2.1 is not solved yet"); }
Tensor cube(const Tensor&) { fail("2.2 is not solved yet"); }
Tensor cumulative_sum(const Tensor&) { fail("2.3 is not solved yet"); }

}  // namespace latent::tour
