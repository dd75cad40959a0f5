#include "examples/modelnet/solids.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace latent::modelnet {
namespace {

constexpr double pi = std::numbers::pi;

struct Flat {
  double x, y;
};
using Outline = std::vector<Flat>;

// A surface of revolution about the z axis: `outline` gives radius and height along it.
Mesh revolve(const Outline& outline, Index segments = 48) {
  Mesh mesh;
  const auto rings = Index(outline.size());
  for (const auto& [radius, height] : outline)
    for (Index i = 0; i < segments; ++i) {
      const double angle = 2 * pi * double(i) / double(segments);
      mesh.vertices.push_back({radius * std::cos(angle), radius * std::sin(angle), height});
    }
  for (Index ring = 0; ring + 1 < rings; ++ring)
    for (Index i = 0; i < segments; ++i) {
      const Index next = (i + 1) % segments, low = ring * segments, high = low + segments;
      mesh.triangles.push_back({low + i, low + next, high + next});
      mesh.triangles.push_back({low + i, high + next, high + i});
    }
  return mesh;
}

// A solid between `bottom` and, at `height`, the same outline scaled by `top`.  The lines from `centre` to all corners
// must lie inside the outline.
Mesh extrude(const Outline& bottom, double height, double top = 1, Flat centre = {0, 0}) {
  Mesh mesh;
  const auto corners = Index(bottom.size());
  Outline ring = bottom;
  ring.push_back(centre);
  for (const auto& [x, y] : ring) mesh.vertices.push_back({x, y, 0});
  for (const auto& [x, y] : ring) mesh.vertices.push_back({top * x, top * y, height});
  for (Index i = 0; i < corners; ++i) {
    const Index next = (i + 1) % corners, up = corners + 1;
    mesh.triangles.push_back({i, next, up + next});
    mesh.triangles.push_back({i, up + next, up + i});
    mesh.triangles.push_back({i, next, corners});
    mesh.triangles.push_back({up + i, up + next, up + corners});
  }
  return mesh;
}

// Half an ellipse, from bottom to top, with a straight part of length `straight` in its middle.
Outline arc(double radius, double half_height, double straight = 0) {
  constexpr int steps = 24;
  Outline outline;
  for (int i = 0; i <= steps; ++i) {
    const double angle = pi * (double(i) / steps - 0.5), side = i <= steps / 2 ? -0.5 : 0.5;
    outline.push_back({radius * std::cos(angle), half_height * std::sin(angle) + side * straight});
  }
  return outline;
}

Outline circle(double distance, double radius) {
  constexpr int steps = 24;
  Outline outline;
  for (int i = 0; i <= steps; ++i) {
    const double angle = 2 * pi * i / steps;
    outline.push_back({distance + radius * std::cos(angle), radius * std::sin(angle)});
  }
  return outline;
}

Outline rectangle(double width, double depth) {
  return {{-width / 2, -depth / 2}, {width / 2, -depth / 2}, {width / 2, depth / 2}, {-width / 2, depth / 2}};
}

struct Solid {
  const char* name;
  Mesh (*make)(Generator& generator);
};

double size(Generator& generator) { return generator.uniform(0.3, 1); }

Mesh sphere(Generator&) { return revolve(arc(1, 1)); }
Mesh box(Generator& generator) {
  const double height = size(generator), depth = size(generator), width = size(generator);
  return extrude(rectangle(width, depth), height);
}
Mesh cylinder(Generator& generator) {
  const double radius = size(generator) / 2, height = size(generator);
  return revolve({{0, 0}, {radius, 0}, {radius, height}, {0, height}});
}
Mesh cone(Generator& generator) { return revolve({{0, 0}, {size(generator) / 2, 0}, {0, size(generator)}}); }
Mesh torus(Generator& generator) { return revolve(circle(1, generator.uniform(0.15, 0.5))); }
Mesh pyramid(Generator& generator) {
  const double width = size(generator), height = size(generator), depth = width * generator.uniform(0.7, 1.4);
  return extrude(rectangle(width, depth), height, 0);
}
Mesh capsule(Generator& generator) {
  const double radius = generator.uniform(0.2, 0.4);
  return revolve(arc(radius, radius, size(generator)));
}
Mesh ellipsoid(Generator& generator) {
  const double flat = generator.uniform(0.3, 0.7);
  return revolve(arc(1, generator.uniform() < 0.5 ? flat : 1 / flat));
}
Mesh l_beam(Generator& generator) {
  const double a = size(generator), b = size(generator), thick = generator.uniform(0.25, 0.45) * std::min(a, b);
  const Outline outline = {{0, 0}, {a, 0}, {a, thick}, {thick, thick}, {thick, b}, {0, b}};
  return extrude(outline, size(generator), 1, {thick / 2, thick / 2});
}
Mesh cross(Generator& generator) {
  const double arm = size(generator), thick = arm * generator.uniform(0.15, 0.35);
  Outline outline;
  for (const auto& [x, y] : Outline{{1, 0}, {0, 1}, {-1, 0}, {0, -1}})  // where an arm points
    for (const auto& [along, aside] : Outline{{arm, -thick}, {arm, thick}, {thick, thick}})
      outline.push_back({x * along - y * aside, y * along + x * aside});
  return extrude(outline, size(generator));
}

constexpr Solid solids[] = {{"sphere", sphere}, {"box", box},         {"cylinder", cylinder}, {"cone", cone},
                            {"torus", torus},   {"pyramid", pyramid}, {"capsule", capsule},   {"ellipsoid", ellipsoid},
                            {"l_beam", l_beam}, {"cross", cross}};

}  // namespace

std::vector<std::string> solid_names() {
  std::vector<std::string> names;
  for (const Solid& solid : solids) names.emplace_back(solid.name);
  return names;
}

Mesh make_solid(Index label, Generator& generator) { return solids[label].make(generator); }

Cloud scan_solid(Index label, Index points, Generator& generator) {
  constexpr double largest_tilt = 0.3, noise = 0.01;
  Cloud cloud = sample_surface(make_solid(label, generator), points, generator);
  normalize(cloud);
  const double turn = generator.uniform(0, 2 * pi), tilt = generator.uniform(-largest_tilt, largest_tilt);
  for (auto& [x, y, z] : cloud) {
    const double a = std::cos(turn) * double(x) - std::sin(turn) * double(y);
    const double b = std::sin(turn) * double(x) + std::cos(turn) * double(y);
    x = float(a + noise * generator.normal());
    y = float(std::cos(tilt) * b - std::sin(tilt) * double(z) + noise * generator.normal());
    z = float(std::sin(tilt) * b + std::cos(tilt) * double(z) + noise * generator.normal());
  }
  normalize(cloud);
  return cloud;
}

}  // namespace latent::modelnet
