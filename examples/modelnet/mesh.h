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

// Reads an OFF file:
//   the word OFF, in any case; C, N or ST before it announce colours, normals or textures, and no blank need follow it
//   the numbers of vertices, faces and edges
//   a line for each vertex: x y z
//   a line for each face: the number of its corners, then their vertices, counted from 0
// The rest of a vertex or face line is ignored, and so are comments from # on.  A face of more than three corners
// becomes a fan of triangles about its first corner, which is right for convex faces.  The mesh is moved so that the
// mean of the triangles' corners is the origin, and scaled so that the farthest corner has a distance of 1.  Error
// naming file, line and the expected content.
Mesh read_off(const std::filesystem::path& file);

// Samples `points` points uniformly on the surface.  Error if it has no area.
Cloud sample_surface(const Mesh& mesh, Index points, Generator& generator);

// Moves the mean of the points to the origin, and the farthest of them to a distance of 1.
void normalize(Cloud& cloud);

}  // namespace latent::modelnet
