// OFF files, points on a surface, and solids.
#include <map>
#include <numeric>

#include "examples/modelnet/dataset.h"
#include "examples/modelnet/solids.h"
#include "tests/catch.h"
#include "tests/examples/clouds.h"
#include "tests/folder.h"

using namespace latent;
using namespace latent::modelnet;
using namespace latent::test;

namespace {

Mesh mesh(const Folder& folder, const std::string& text) { return read_off(folder.write("mesh.off", text)); }

std::string mesh_error(const Folder& folder, const std::string& text) {
  return error_of([&] { mesh(folder, text); });
}

double area(const Mesh& mesh) {
  double sum = 0;
  for (const auto& triangle : mesh.triangles) {
    const auto edge = [&](std::size_t to, std::size_t axis) {
      return mesh.vertices[triangle[to]][axis] - mesh.vertices[triangle[0]][axis];
    };
    double square = 0;
    for (std::size_t x = 0; x < 3; ++x) {
      const std::size_t y = (x + 1) % 3;
      square += std::pow(edge(1, x) * edge(2, y) - edge(1, y) * edge(2, x), 2);
    }
    sum += std::sqrt(square) / 2;
  }
  return sum;
}

}  // namespace

TEST_CASE("An OFF file is read in all the ways in which it is written") {
  const Folder folder;
  for (const std::string& text :
       {square, std::string("OFF4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n3 0 2 3\n"),
        std::string(
            "# a square\nOFF # glued to nothing\n\n4 2 0\n 0\t0 0 \n1 0 0\r\n1 1 0\n0 1 0\n\n3 0 1 2 255 0 0\n3 0 2 3"),
        std::string("COFF 4 1 0\n0 0 0 255 0 0 1\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"),
        std::string("off\n+4 +1 0\n0 -0 1e-400\n+1.0 0 0\n+1e0 1.0 1e-310\n0 1 -1e-400\n4 0 1 +2 3\n"),
        "\xef\xbb\xbf" + square,
        std::string("STCNOFF 4 1 0\n0 0 0 0 0 1 1 1 1 1 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"),
        std::string("NOFF\n4 1 0\n0 0 0 0 0 1\n1 0 0 0 0 1\n1 1 0 0 0 1\n0 1 0 0 0 1\n4 0 1 2 3\n")}) {
    CAPTURE(text);
    const Mesh found = mesh(folder, text);
    CHECK(found.vertices.size() == 4);
    REQUIRE(found.triangles.size() == 2);
    CHECK(found.triangles[0] == std::array<Index, 3>{0, 1, 2});
    CHECK(found.triangles[1] == std::array<Index, 3>{0, 2, 3});
    CHECK(area(found) == Catch::Approx(2));  // its corners are √½ from the middle, and become 1
  }
  const Mesh pentagon = mesh(folder, "OFF\n5 3 0\n0 0 0\n2 0 0\n3 1 0\n2 2 0\n0 2 0\n5 0 1 2 3 4\n2 0 1\n1 4\n");
  CHECK(pentagon.triangles.size() == 3);  // lines and points have no surface
  CHECK(area(pentagon) ==
        Catch::Approx(5.0 * 81 / 244));  // (0, 2) is √(244/81) from the mean of the triangles' corners
}

TEST_CASE("An OFF file that is broken is refused by file and line") {
  const Folder folder;
  const std::string file = (folder.path / "mesh.off").string();
  const auto refuse = [&](const std::string& text, const std::string& message) {
    CHECK(mesh_error(folder, text) == file + ": " + message);
  };
  refuse("", "line 1: OFF expected, found the end of the file");
  refuse("PLY\n", "line 1: OFF expected, found 'PLY'");
  for (const char* word : {"4OFF", "nOFF"})
    refuse(word, fmt::format("line 1: OFF, of vertices with 3 coordinates, expected, found '{}'", word));
  refuse("OFF BINARY\n", "line 1: the numbers of vertices, faces and edges expected, found 'BINARY'");
  refuse("NOF\n", "line 1: OFF expected, found 'NOF'");
  refuse("OFF\n+-4 2 0\n", "line 2: the numbers of vertices, faces and edges expected, found '+-4 2 0'");
  refuse("OFF\n2 1 0\n0 0 0\n0 1e400 0\n",
         "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found '1e400 0'");
  refuse("OFF\n4 x\n", "line 2: the numbers of vertices, faces and edges expected, found 'x'");
  refuse("OFF\n-4 2 0\n", "line 2: the numbers of vertices, faces and edges expected, found '-4'");
  refuse("OFF\n4 2.5 0\n", "line 2: the numbers of vertices, faces and edges expected, found '2.5 0'");
  refuse("OFF\n4 0 0\n", "line 2: at least one face expected, found '0'");
  refuse("OFF\n2 1 0\n0 0 0\n0 nan 0\n",
         "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found 'nan'");
  refuse("OFF\n2 1 0\n0 0 0\n0 1e31 0\n",
         "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found '1e+31'");
  refuse("OFF\n2 1 0\n0 0 0\n0 1-2\n", "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found '1-2'");
  refuse("OFF\n2 1 0\n0 0 0\n0 1\n", "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found ''");
  refuse("OFF\n9999999999999 1 0\n0 0 0\n",
         "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found the end of the file");
  refuse("OFF\n1 1 0\n0 0 0\n3 0 0 1\n", "line 4: a vertex from 0 to 0 expected, found '1'");
  refuse("OFF\n1 1 0\n0 0 0\n999999999 0 0\n",
         "line 4: a face, the number of its corners and their vertices, expected, found ''");
  refuse("OFF\n1 1 0\n0 0 0\n0\n", "line 4: a face of at least one corner expected, found '0'");
  CHECK(contains(error_of([&] { read_off(folder.path / "none.off"); }), "none.off: no such file"));
  CHECK(error_of([&] {
          cloud_of(folder.write("flat.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n2 0 0\n3 0 1 2\n"), 8, Generator(1));
        }) == (folder.path / "flat.off").string() +
                  ": a surface of 1 triangles with an area of 0; sampling needs an area above 0");
}

TEST_CASE("Points lie on the surface, by area, wherever triangles are small or large") {
  // A thin strip of many triangles below a large one, of the same area
  Mesh mesh;
  constexpr Index strips = 100;
  for (Index i = 0; i <= strips; ++i)
    for (const double y : {0.0, -1.0}) mesh.vertices.push_back({double(i) / strips, y, 0});
  for (Index i = 0; i < strips; ++i) {
    mesh.triangles.push_back({2 * i, 2 * i + 1, 2 * i + 2});
    mesh.triangles.push_back({2 * i + 1, 2 * i + 2, 2 * i + 3});
  }
  const auto corner = Index(mesh.vertices.size());
  mesh.vertices.insert(mesh.vertices.end(), {{0, 0, 0}, {1, 0, 0}, {0, 2, 0}});
  mesh.triangles.push_back({corner, corner + 1, corner + 2});
  CHECK(area(mesh) == Catch::Approx(2));

  Generator generator(1);
  constexpr Index count = 20'000;
  const Cloud cloud = sample_surface(mesh, count, generator);
  REQUIRE(Index(cloud.size()) == count);
  double above = 0, left = 0, low = 0;
  for (const auto& [x, y, z] : cloud) {
    CHECK_FALSE((z != 0 || x < 0 || x > 1 || y < -1 || y > 2 - 2 * x + 1e-6f));
    above += y > 0;
    left += y < 0 && x < 0.25f;
    low += y < -0.75f;
  }
  const auto near = [](double share) { return Catch::Approx(share).margin(0.012); };  // 4 standard deviations
  CHECK(above / count == near(0.5));
  CHECK(left / count == near(0.125));
  CHECK(low / count == near(0.125));
}

TEST_CASE("A mesh far from the origin, tiny or huge keeps its shape") {
  const Folder folder;
  std::string far = "OFF\n4 2 0\n";
  for (const auto& [x, y] : {std::pair(0, 0), {1, 0}, {1, 1}, {0, 1}}) far += fmt::format("{} {} 5e9\n", 1e9 + x, y);
  const std::string lone = "OFF\n5 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n1e30 0 0\n";  // of its vertices, the last
  const Cloud near = cloud_of(folder.write("near.off", square), 100, Generator(1));
  std::vector<std::string> all = {far, lone};
  for (const char* size : {"1e-50", "1e29"})
    all.push_back(fmt::format("OFF\n4 2 0\n0 0 0\n{0} 0 0\n{0} {0} 0\n0 {0} 0\n", size));
  for (const std::string& vertices : all) {
    const Cloud distant = cloud_of(folder.write("far.off", vertices + "3 0 1 2\n3 0 2 3\n"), 100, Generator(1));
    for (std::size_t i = 0; i < 100; ++i)
      for (std::size_t axis = 0; axis < 3; ++axis) CHECK(std::abs(near[i][axis] - distant[i][axis]) < 1e-5f);
  }
}

TEST_CASE("A normalised cloud has its mean at the origin and its farthest point at 1") {
  Cloud cloud = {{5, 5, 5}, {7, 5, 5}, {6, 5, 8}};
  normalize(cloud);
  Point mean{};
  double farthest = 0;
  for (const Point& point : cloud) {
    for (std::size_t axis = 0; axis < 3; ++axis) mean[axis] += point[axis];
    farthest = std::max(farthest, radius(point));
  }
  for (const float value : mean) CHECK(std::abs(value) < 1e-6f);
  CHECK(farthest == Catch::Approx(1));
  Cloud one = {{3, 3, 3}, {3, 3, 3}};
  normalize(one);
  CHECK(one == Cloud{{0, 0, 0}, {0, 0, 0}});
}

TEST_CASE("Every solid is closed, and as large as its formula says") {
  for (Index label = 0; label < Index(solid_names().size()); ++label) {
    CAPTURE(solid_names()[label]);
    Generator generator(std::uint64_t(label) + 1);
    const Mesh mesh = make_solid(label, generator);
    // By the divergence theorem the integral of each normal over a closed surface is 0; here without orientation: every
    // edge between different places belongs to an even number of triangles.
    std::map<std::pair<std::array<long, 3>, std::array<long, 3>>, int> edges;
    const auto place = [&](Index vertex) {
      std::array<long, 3> rounded;
      for (std::size_t axis = 0; axis < 3; ++axis) rounded[axis] = std::lround(1e6 * mesh.vertices[vertex][axis]);
      return rounded;
    };
    for (const auto& triangle : mesh.triangles)
      for (std::size_t i = 0; i < 3; ++i) {
        const auto a = place(triangle[i]), b = place(triangle[(i + 1) % 3]);
        if (a != b) ++edges[std::minmax(a, b)];
      }
    for (const auto& [edge, count] : edges) CHECK(count % 2 == 0);
    CHECK(area(mesh) > 0.05);
  }
  Generator generator(1);
  CHECK(area(make_solid(0, generator)) == Catch::Approx(4 * M_PI).epsilon(0.01));  // a sphere of radius 1
}

TEST_CASE("A box and a pyramid follow from the generator in the same way with every compiler") {
  const auto numbers = [](auto... ranges) {
    Generator generator(5);
    return std::vector<double>{generator.uniform(ranges.first, ranges.second)...};
  };
  const std::pair<double, double> size(0.3, 1), ratio(0.7, 1.4);
  Generator generator(5);
  const std::vector<double> box = numbers(size, size, size);  // height, depth, width
  CHECK(make_solid(1, generator).vertices.front() == std::array<double, 3>{-box[2] / 2, -box[1] / 2, 0});
  generator = Generator(5);
  const std::vector<double> pyramid = numbers(size, size, ratio);  // width, height, depth as a share of it
  const Mesh mesh = make_solid(5, generator);
  CHECK(mesh.vertices.front() == std::array<double, 3>{-pyramid[0] / 2, -pyramid[0] * pyramid[2] / 2, 0});
  CHECK(mesh.vertices.back()[2] == pyramid[1]);
}
