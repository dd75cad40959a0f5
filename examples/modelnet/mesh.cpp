#include "examples/modelnet/mesh.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <string_view>

#include "examples/app/program.h"
#include "examples/app/utf8.h"
#include "models/number.h"

namespace latent::modelnet {
namespace {

using Vector = std::array<double, 3>;

Vector operator-(const Vector& a, const Vector& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

double area(const Mesh& mesh, const std::array<Index, 3>& triangle) {
  const Vector& corner = mesh.vertices[std::size_t(triangle[0])];
  const Vector u = mesh.vertices[std::size_t(triangle[1])] - corner;
  const Vector v = mesh.vertices[std::size_t(triangle[2])] - corner;
  return std::hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2;
}

// Reads the lines of a file, without empty lines and comments, and the numbers on a line.
class Lines {
 public:
  explicit Lines(const std::filesystem::path& file) : file_(file.string()), stream_(file) {
    examples::need(file);
    if (!stream_) fail("{}: cannot be read", file_);
  }

  // Goes to the next line that is not empty.
  void next(std::string_view expected) {
    while (std::getline(stream_, line_)) {
      if (++number_ == 1 && line_.starts_with(examples::byte_order_mark))
        line_.erase(0, examples::byte_order_mark.size());
      rest_ = std::string_view(line_).substr(0, line_.find('#'));
      if (skip_blanks(); !rest_.empty()) return;
    }
    fail("{}: line {}: {} expected, found the end of the file", file_, number_ + 1, expected);
  }

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  bool starts_with(std::string_view word) const { return rest_.starts_with(word); }
  // Skips the word, in any case; false if it does not come next.
  bool take(std::string_view word) {
    const auto is_same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
    if (!std::ranges::equal(rest_.substr(0, word.size()), word, is_same)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  template <class Number> Number number(std::string_view expected) {
    skip_blanks();
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t\r"));
    const auto value = to_number<Number>(word);
    if (!value) bad(expected);
    rest_.remove_prefix(word.size());
    return *value;
  }

  [[noreturn]] void bad(std::string_view expected) const { bad(expected, rest_.substr(0, 40)); }
  template <class Found> [[noreturn]] void bad(std::string_view expected, const Found& found) const {
    fail("{}: line {}: {} expected, found '{}'", file_, number_, expected, found);
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size())); }

  std::string file_, line_;
  std::ifstream stream_;
  std::string_view rest_;
  Index number_ = 0;
};

// Reads the first word of the format.  Texture, colour and normal, which follow x, y and z on a line, are ignored.
void read_keyword(Lines& lines) {
  lines.next("OFF");
  if (lines.starts_with("4OFF") || lines.starts_with("nOFF")) lines.bad("OFF, of vertices with 3 coordinates,");
  for (const char* word : {"OFF", "COFF", "NOFF", "CNOFF", "STOFF", "STCOFF", "STNOFF", "STCNOFF"})
    if (lines.take(word)) return;
  lines.bad("OFF");
}

Vector read_vertex(Lines& lines) {
  constexpr std::string_view expected = "a vertex, three numbers between -1e30 and 1e30,";
  lines.next(expected);
  Vector vertex;
  for (double& value : vertex)
    if (value = lines.number<double>(expected); !(std::abs(value) <= 1e30)) lines.bad(expected, value);
  return vertex;
}

void read_face(Lines& lines, Mesh& mesh) {
  constexpr std::string_view expected = "a face, the number of its corners and their vertices,";
  lines.next(expected);
  const auto corners = lines.number<Index>(expected);
  if (corners < 1) lines.bad("a face of at least one corner", corners);
  std::array<Index, 3> triangle{};
  for (Index corner = 0; corner < corners; ++corner) {
    const auto vertex = lines.number<Index>(expected);
    if (vertex < 0 || vertex >= Index(mesh.vertices.size()))
      lines.bad(fmt::format("a vertex from 0 to {}", Index(mesh.vertices.size()) - 1), vertex);
    triangle[std::size_t(std::min<Index>(corner, 2))] = vertex;
    if (corner < 2) continue;
    mesh.triangles.push_back(triangle);
    triangle[1] = vertex;
  }
}

// Moves the mean of the triangles' corners to the origin and the farthest corner to a distance of 1: f32 cannot
// distinguish points that are far away or close together.  Vertices without a triangle do not count.
void normalize(Mesh& mesh) {
  Vector mean{};
  for (const auto& triangle : mesh.triangles)
    for (const Index vertex : triangle)
      for (std::size_t axis = 0; axis < 3; ++axis)
        mean[axis] += mesh.vertices[std::size_t(vertex)][axis] / double(3 * mesh.triangles.size());
  double farthest = 0;
  for (const auto& triangle : mesh.triangles)
    for (const Index corner : triangle) {
      const Vector from_mean = mesh.vertices[std::size_t(corner)] - mean;
      farthest = std::max(farthest, std::hypot(from_mean[0], from_mean[1], from_mean[2]));
    }
  for (Vector& vertex : mesh.vertices) {
    vertex = vertex - mean;
    if (farthest > 0)
      for (double& value : vertex) value /= farthest;
  }
}

}  // namespace

Mesh read_off(const std::filesystem::path& file) {
  Lines lines(file);
  read_keyword(lines);
  constexpr std::string_view expected = "the numbers of vertices, faces and edges";
  if (lines.at_end()) lines.next(expected);
  const auto vertices = lines.number<Index>(expected), faces = lines.number<Index>(expected);
  if (vertices < 0) lines.bad(expected, vertices);
  if (faces < 1) lines.bad("at least one face", faces);
  Mesh mesh;
  for (Index i = 0; i < vertices; ++i) mesh.vertices.push_back(read_vertex(lines));
  for (Index i = 0; i < faces; ++i) read_face(lines, mesh);
  normalize(mesh);
  return mesh;
}

Cloud sample_surface(const Mesh& mesh, Index points, Generator& generator) {
  std::vector<double> until;  // the total area of the triangles up to this one
  double total = 0;
  for (const auto& triangle : mesh.triangles) until.push_back(total += area(mesh, triangle));
  if (!(total > 0) || !std::isfinite(total))
    fail("a surface of {} triangles with an area of {}; sampling needs an area above 0", mesh.triangles.size(), total);
  Cloud cloud;
  for (Index i = 0; i < points; ++i) {
    const auto found = std::ranges::upper_bound(until, generator.uniform() * total);
    const auto& triangle = mesh.triangles[std::min(std::size_t(found - until.begin()), until.size() - 1)];
    double u = generator.uniform(), v = generator.uniform();
    if (u + v > 1) u = 1 - u, v = 1 - v;  // the other half of the parallelogram, folded back
    Point& point = cloud.emplace_back();
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double a = mesh.vertices[std::size_t(triangle[0])][axis];
      const double b = mesh.vertices[std::size_t(triangle[1])][axis];
      const double c = mesh.vertices[std::size_t(triangle[2])][axis];
      point[axis] = float(a + u * (b - a) + v * (c - a));
    }
  }
  return cloud;
}

void normalize(Cloud& cloud) {
  std::array<double, 3> mean{};
  for (const Point& point : cloud)
    for (std::size_t axis = 0; axis < 3; ++axis) mean[axis] += double(point[axis]) / double(cloud.size());
  double farthest = 0;
  for (Point& point : cloud) {
    for (std::size_t axis = 0; axis < 3; ++axis) point[axis] -= float(mean[axis]);
    farthest = std::max(farthest, double(std::hypot(point[0], point[1], point[2])));
  }
  if (farthest > 0)
    for (Point& point : cloud)
      for (float& value : point) value /= float(farthest);
}

}  // namespace latent::modelnet
