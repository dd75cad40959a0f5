// Clouds that need no download: points on the surfaces of simple solids of random sizes and turns.
#pragma once
#include "examples/modelnet/mesh.h"

namespace latent::modelnet {

std::vector<std::string> solid_names();

// A solid of this class, about as large as 1, standing up.
Mesh make_solid(Index label, Generator& generator);

// Points on such a solid that was turned about the vertical by any angle and tilted a little, each with some noise.
Cloud scan_solid(Index label, Index points, Generator& generator);

}  // namespace latent::modelnet
