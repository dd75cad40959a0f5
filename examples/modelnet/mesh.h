// Surfaces made of polygons, from OFF files, and points on them.
#pragma once
#include <array>
#include <filesystem>
#include <vector>

#include "engine/random.h"

namespace latent::modelnet {

using Point = std::array<float, 3>;
using Cloud = std::vector<Point>;

struct Mesh {
  std::vector<std::array<double, 3>> vertices;
  std::vector<std::array<Index, 3>> triangles;  // three vertices each
};

// An OFF file: "OFF", in capitals or not, which may be glued to what follows, and before which C, N and ST may announce
// colours, normals and textures; the numbers of vertices, faces and edges; a line for each vertex
// (x y z) and for each face (how many corners it has, then their vertices, counted from 0).  What follows on such a line
// is left aside, and so are comments from # on.  A face of more than three corners becomes a fan of triangles
// about its first one, which is right for convex faces.  The mean of the triangles' corners is moved to the origin,
// and the farthest of them to a distance of 1.  Error naming file, line and what was expected.
Mesh read_off(const std::filesystem::path& file);

// So many points, equally likely everywhere on the surface.  Error if it has no area.
Cloud sample_surface(const Mesh& mesh, Index points, Generator& generator);

// Moves the mean of the points to the origin, and the farthest of them to a distance of 1.
void normalize(Cloud& cloud);

}  // namespace latent::modelnet
