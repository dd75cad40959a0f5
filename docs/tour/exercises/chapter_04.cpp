#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

void add_scaled(float, const float*, float*, Index) { fail("4.1 is not solved yet"); }
float dot(const float*, const float*, Index) { fail("4.2 is not solved yet"); }
void multiply(const float*, const float*, float*, Index, Index, Index) { fail("4.3 is not solved yet"); }

}  // namespace latent::tour
