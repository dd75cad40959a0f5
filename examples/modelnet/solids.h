// Clouds that need no download: points on the surfaces of simple solids with random sizes and rotations.
#pragma once
#include "examples/modelnet/mesh.h"

namespace latent::modelnet {

std::vector<std::string> solid_names();

// An upright solid of this class, with a size of about 1.
Mesh make_solid(Index label, Generator& generator);

// Points with noise on such a solid, turned about the vertical by any angle and tilted a little.
Cloud scan_solid(Index label, Index points, Generator& generator);

}  // namespace latent::modelnet
