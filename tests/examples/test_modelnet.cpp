// Meshes, clouds and what is made of them.
#include <cmath>
#include <map>
#include <numeric>

#include "examples/common/program.h"
#include "examples/modelnet/npy.h"
#include "examples/modelnet/settings.h"
#include "examples/modelnet/solids.h"
#include "tests/catch.h"
#include "tests/examples/process.h"

using namespace latent;
using namespace latent::modelnet;
using namespace latent::test;

namespace {

// A square of 4 corners, two triangles of which are faces, one of them after the other.
const std::string square = "OFF\n4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n3 0 2 3\n";

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

double radius(const Point& point) { return std::hypot(double(point[0]), double(point[1]), double(point[2])); }

std::string npy(const std::string& header, const std::string& values) {
  std::string text = header;
  text.append(64 - (10 + text.size() + 1) % 64, ' ');
  text += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + char(text.size() % 256) + char(text.size() / 256) + text + values;
}

// (clouds, points, 3) values of i16
std::string points_npy(Index clouds, Index points, std::int16_t value = 1000) {
  std::string values;
  for (Index i = 0; i < clouds * points * 3; ++i) values.append(reinterpret_cast<const char*>(&value), 2);
  return npy(fmt::format("{{'descr': '<i2', 'fortran_order': False, 'shape': ({}, {}, 3), }}", clouds, points), values);
}

std::string labels_npy(const std::string& labels) {
  return npy(fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({},), }}", labels.size()), labels);
}

Path npy_folder(const Folder& folder) {
  for (const char* split : {"train", "test"}) {
    folder.write(std::string(split) + "_points_i16.npy", points_npy(3, 8));
    folder.write(std::string(split) + "_labels_u8.npy", labels_npy(std::string("\0\1\1", 3)));
  }
  return folder.write("classes.txt", "chair\ntable\n").parent_path();
}

// class/train/x.off and class/test/x.off
Path mesh_folder(const Folder& folder) {
  for (const char* part : {"chair/train", "chair/test", "table/train", "table/test"}) {
    std::filesystem::create_directories(folder.path / "meshes" / part);
    for (const char* name : {"b", "a"}) folder.write("meshes/" + std::string(part) + "/" + name + ".off", square);
  }
  return folder.path / "meshes";
}

}  // namespace

TEST_CASE("An OFF file is read in all the ways in which it is written") {
  const Folder folder;
  for (const std::string& text :
       {square, std::string("OFF4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n3 0 2 3\n"),
        std::string(
            "# a square\nOFF # glued to nothing\n\n4 2 0\n 0\t0 0 \n1 0 0\r\n1 1 0\n0 1 0\n\n3 0 1 2 255 0 0\n3 0 2 3"),
        std::string("COFF 4 1 0\n0 0 0 255 0 0 1\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n")}) {
    CAPTURE(text);
    const Mesh found = mesh(folder, text);
    CHECK(found.vertices.size() == 4);
    REQUIRE(found.triangles.size() == 2);
    CHECK(found.triangles[0] == std::array<Index, 3>{0, 1, 2});
    CHECK(found.triangles[1] == std::array<Index, 3>{0, 2, 3});
    CHECK(area(found) == 1);
  }
  const Mesh pentagon = mesh(folder, "OFF\n5 3 0\n0 0 0\n2 0 0\n3 1 0\n2 2 0\n0 2 0\n5 0 1 2 3 4\n2 0 1\n1 4\n");
  CHECK(pentagon.triangles.size() == 3);  // lines and points have no surface
  CHECK(area(pentagon) == Catch::Approx(5));
}

TEST_CASE("An OFF file that is broken is refused by file and line") {
  const Folder folder;
  const std::string file = (folder.path / "mesh.off").string();
  const auto refuse = [&](const std::string& text, const std::string& message) {
    CHECK(mesh_error(folder, text) == file + ": " + message);
  };
  refuse("", "line 1: OFF expected, found the end of the file");
  refuse("PLY\n", "line 1: OFF expected, found 'PLY'");
  refuse("OFF\n4 x\n", "line 2: the numbers of vertices, faces and edges expected, found 'x'");
  refuse("OFF\n-4 2 0\n", "line 2: the numbers of vertices, faces and edges expected, found ' 0'");
  refuse("OFF\n4 0 0\n", "a mesh without faces has no surface");
  refuse("OFF\n2 1 0\n0 0 0\n0 nan 0\n",
         "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found ' 0'");
  refuse("OFF\n2 1 0\n0 0 0\n0 1\n", "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found ''");
  refuse("OFF\n9999999999999 1 0\n0 0 0\n",
         "line 4: a vertex, three numbers between -1e30 and 1e30, expected, found the end of the file");
  refuse("OFF\n1 1 0\n0 0 0\n3 0 0 1\n", "line 4: vertices 0 to 0, but 1 came before what was expected, found ''");
  refuse("OFF\n1 1 0\n0 0 0\n999999999 0 0\n",
         "line 4: a face, the number of its corners and so many vertices, expected, found ''");
  refuse("OFF\n1 1 0\n0 0 0\n0\n", "line 4: a face of at least one corner expected, found ''");
  CHECK(contains(error_of([&] { read_off(folder.path / "none.off"); }), "none.off: cannot be read"));
  CHECK(error_of([&] {
          cloud_of(folder.write("flat.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n2 0 0\n3 0 1 2\n"), 8, Generator(1));
        }) == (folder.path / "flat.off").string() +
                  ": a surface of 1 triangles with an area of 0, and points need one above 0");
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

TEST_CASE("A mesh far from the origin keeps its shape") {
  const Folder folder;
  std::string far = "OFF\n4 2 0\n";
  for (const auto& [x, y] : {std::pair(0, 0), {1, 0}, {1, 1}, {0, 1}}) far += fmt::format("{} {} 5e9\n", 1e9 + x, y);
  const Cloud near = cloud_of(folder.write("near.off", square), 100, Generator(1)),
              distant = cloud_of(folder.write("far.off", far + "3 0 1 2\n3 0 2 3\n"), 100, Generator(1));
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t axis = 0; axis < 3; ++axis) CHECK(std::abs(near[i][axis] - distant[i][axis]) < 1e-5f);
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

TEST_CASE("Changes to a cloud follow from the generator and are as large as they may be") {
  Generator points(1);
  const Cloud before = sample_surface(make_solid(1, points), 200, points);
  const auto changed = [&](const Change& change, std::uint64_t seed) {
    Cloud cloud = before;
    Generator generator(seed);
    change(cloud, generator);
    return cloud;
  };
  for (const Change& change : {scale_axes(0.5), shift(0.3), scale_points(0.1), jitter(0.05), turn(90), choose(50),
                               examples::in_turn<Cloud>({shift(0.3), jitter(0.05)})}) {
    CHECK(changed(change, 1) == changed(change, 1));
    CHECK(changed(change, 1) != changed(change, 2));
  }
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Cloud scaled = changed(scale_axes(0.5), seed), moved = changed(shift(0.3), seed),
                turned = changed(turn(90), seed), radial = changed(scale_points(0.1), seed),
                few = changed(choose(50), seed), flipped = changed(mirror(), seed);
    REQUIRE(few.size() == 50);
    for (std::size_t i = 0; i < 50; ++i) CHECK(std::ranges::count(before, few[i]) == 1);
    for (std::size_t i = 0; i < before.size(); ++i) {
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const float from = std::abs(before[i][axis]), to = std::abs(scaled[i][axis]);
        CHECK((to <= 1.5001f * from && to >= from / 1.5001f));
        CHECK(std::abs(moved[i][axis] - before[i][axis]) <= 0.3001f);
        CHECK(std::abs(flipped[i][axis]) == std::abs(before[i][axis]));
      }
      CHECK(flipped[i][2] == before[i][2]);
      CHECK(turned[i][2] == before[i][2]);
      CHECK(radius(turned[i]) == Catch::Approx(radius(before[i])));
      CHECK(radius(radial[i]) / radius(before[i]) == Catch::Approx(1).margin(0.1001));
    }
  }
  CHECK(changed(choose(1000), 1).size() == before.size());
  // One change more or less leaves the others as they are.
  CHECK(changed(examples::in_turn<Cloud>({Change(), shift(0.3)}), 1) ==
        changed(examples::in_turn<Cloud>({turn(0), shift(0.3)}), 1));
  CHECK(changed(examples::in_turn<Cloud>({shift(0.3)}), 1) ==
        changed(examples::in_turn<Cloud>({shift(0.3), [](Cloud&, Generator& generator) { generator.bits(); }}), 1));
}

TEST_CASE("A .npy file comes back as it was written, and a broken one is refused") {
  const Folder folder;
  {
    NpyWriter writer(folder.path / "a.npy", {2, 3});
    const std::vector<float> values = {1, 2, 3, 4, 5, 6};
    writer.write(values.data(), 2);
    CHECK_FALSE(std::filesystem::exists(folder.path / "a.npy"));
    CHECK(contains(error_of([&] { writer.finish(); }), "4 values are missing"));
  }
  CHECK(std::filesystem::is_empty(folder.path));
  NpyWriter writer(folder.path / "a.npy", {2, 3});
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  writer.write(values.data(), 6);
  writer.finish();
  const Npy back = read_npy(folder.path / "a.npy");
  CHECK(back.shape == Shape{2, 3});
  CHECK(back.type == "<f4");
  CHECK(std::equal(values.begin(), values.end(), static_cast<const float*>(back.values)));
  CHECK(std::filesystem::file_size(folder.path / "a.npy") % 64 == 24);

  const auto refuse = [&](const std::string& bytes, const std::string& message) {
    const std::string error = error_of([&] { read_npy(folder.write("b.npy", bytes)); });
    INFO(error);
    CHECK(contains(error, (folder.path / "b.npy").string() + ": " + message));
  };
  const std::string good = points_npy(2, 2);
  refuse("", "byte 0: the magic number of .npy expected, found 0 bytes");
  refuse("PK\3\4 something else", "byte 0: the magic number");
  refuse(std::string(good).replace(6, 1, "\x09"), "byte 6: version 1, 2 or 3 expected, found 9");
  refuse(good.substr(0, 30), "byte 8: a header of 118 bytes, and the file has 30");
  refuse(good.substr(0, good.size() - 1), "(2, 2, 3) values need 24 bytes after the header, and there are 23");
  refuse(good + "x", "(2, 2, 3) values need 24 bytes after the header, and there are 25");
  refuse(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "x"), "byte 10: the header is");
  refuse(npy("{'descr': '<i2', 'fortran_order': True, 'shape': (1,), }", "xx"),
         "byte 10: the header is {'descr': '<i2', 'fortran_order': True, 'shape': (1,), }, and 'fortran_order' as "
         "False is needed");
  refuse(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (-1,), }", "xx"),
         "byte 10: the header is {'descr': '<i2', 'fortran_order': False, 'shape': (-1,), }, and 'shape' as sizes of "
         "at most 8 axes is needed");
  refuse(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "xx"),
         "(4294967296, 4294967296) values do not fit a file");
  refuse(std::string("\x93NUMPY\x01\x00", 8) + "\x39" + std::string(1, '\0') +
             "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }xx",
         "byte 67: the values begin here, and a multiple of 2 is needed");
  refuse(npy("{'descr': '<i2'}", "xx"),
         "byte 10: the header is {'descr': '<i2'}, and 'fortran_order' as an entry is needed");
  CHECK(contains(error_of([&] { read_npy(folder.path / "none"); }), "none: cannot be opened: No such file"));
  CHECK(contains(error_of([&] { read_npy(folder.path); }), "not a file of values"));
}

TEST_CASE("Clouds from .npy files have their labels and classes, and mistakes are told") {
  const Folder folder;
  const std::string data = npy_folder(folder).string();
  const Clouds clouds = load_clouds(data, Split::train);
  CHECK(clouds.size() == 3);
  CHECK(clouds.points() == 8);
  CHECK(clouds.labels == std::vector<Index>{0, 1, 1});
  CHECK(clouds.classes == std::vector<std::string>{"chair", "table"});
  CHECK(clouds(2, 7)[1] == Catch::Approx(1000.0 / 32767));
  CHECK(error_of([&] { samples_of(clouds, 9); }) == "--points 9: the clouds have 8 points each");
  CHECK(samples_of(clouds, 4).batch({2, 0}, nullptr).input.shape() == Shape{2, 4, 3});
  CHECK(samples_of(clouds, 4).batch({2, 0}, nullptr).target.values() == std::vector<double>{1, 0});
  Clouds few = clouds;
  CHECK(keep_classes(few, {"table"}) == std::vector<Index>{1, 2});
  CHECK(few.labels == std::vector<Index>{-1, 0, 0});
  few = clouds;
  CHECK(error_of([&] { keep_classes(few, modelnet10()); }) ==
        "class 'bathtub' is needed, and the data have chair table");

  folder.write("train_labels_u8.npy", labels_npy(std::string("\0\1\2", 3)));
  CHECK(contains(error_of([&] { load_clouds(data, Split::train); }),
                 "train_labels_u8.npy: label 2 of cloud 2, and classes.txt names 2 classes"));
  folder.write("train_labels_u8.npy", labels_npy(std::string("\0\1", 2)));
  CHECK(contains(error_of([&] { load_clouds(data, Split::train); }), "|u1 values (3) expected, one for each cloud"));
  folder.write("train_points_i16.npy", labels_npy("abc"));
  CHECK(contains(error_of([&] { load_clouds(data, Split::train); }),
                 "<i2 values (clouds, points, 3) expected, found |u1"));
  CHECK_THROWS_AS(load_clouds("/nowhere", Split::train), examples::MissingFile);
  CHECK(
      contains(error_of([&] { load_clouds("/nowhere", Split::train); }), "`scripts/download.sh modelnet40 /nowhere`"));
}

TEST_CASE("Clouds from meshes are sampled once, and again when points or meshes change") {
  const Folder folder;
  const Path data = mesh_folder(folder);
  const Clouds first = load_clouds(data.string(), Split::train);
  CHECK(first.size() == 4);
  CHECK(first.points() == 2048);
  CHECK(first.classes == std::vector<std::string>{"chair", "table"});
  CHECK(first.labels == std::vector<Index>{0, 0, 1, 1});
  CHECK(first(0, 0) != first(1, 0));  // the same mesh, other points
  const std::string points = read(data / "clouds-train.npy"), sums = read(data / "clouds-train.crc32");
  CHECK(contains(sums, " points\n"));

  const auto written = [&] { return std::filesystem::last_write_time(data / "clouds-train.npy"); };
  const auto before = written();
  load_clouds(data.string(), Split::train);
  CHECK(written() == before);
  std::string broken = points;
  broken.back() ^= 1;
  folder.write("meshes/clouds-train.npy", broken);
  load_clouds(data.string(), Split::train);
  CHECK(read(data / "clouds-train.npy") == points);
  std::string other_shape = points;  // as many values, other clouds
  other_shape.replace(points.find("(4, 2048,"), 9, "(8, 1024,");
  for (const std::string& wrong : {other_shape, points.substr(0, 5000), std::string("no clouds")}) {
    folder.write("meshes/clouds-train.npy", wrong);
    CHECK(load_clouds(data.string(), Split::train).size() == 4);
    CHECK(read(data / "clouds-train.npy") == points);
  }
  std::filesystem::remove(data / "table/train/b.off");
  CHECK(load_clouds(data.string(), Split::train).size() == 3);

  folder.write("meshes/table/train/c.off", "OFF\n1 1 0\n");
  CHECK(contains(error_of([&] { load_clouds(data.string(), Split::train); }), "c.off: line 3: a vertex"));
  CHECK(load_clouds(data.string(), Split::test).size() == 4);
  std::filesystem::remove_all(data / "table/test");
  CHECK(contains(error_of([&] { load_clouds(data.string(), Split::test); }), "table/test: no such folder"));
}

TEST_CASE("Mixed clouds share their points and their labels, within a batch and in equal parts") {
  const Folder folder;
  Clouds clouds = load_clouds(npy_folder(folder).string(), Split::train);  // labels 0, 1, 1
  clouds.classes.push_back("lamp");
  clouds.labels = {0, 1, 2};
  Settings settings;
  settings.points = 8;
  settings.training_points = 6;
  settings.augmentation.shift = 0.5;  // by which the clouds can be told apart: all points of one are alike
  const Generator chance(3);
  CHECK(training_samples_of(clouds, settings).batch({0, 1}, &chance).target.values() == std::vector<double>{0, 1});
  settings.augmentation.mix = 1;
  const examples::Samples samples = training_samples_of(clouds, settings);
  CHECK(samples.batch({2, 1}, nullptr).target.values() == std::vector<double>{2, 1});
  CHECK(samples.batch({2, 1}, nullptr).input.shape() == Shape{2, 8, 3});

  Index mixed = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Generator generator(seed);
    const examples::Batch batch = samples.batch({0, 2}, &generator);
    REQUIRE(batch.input.shape() == Shape{2, 6, 3});
    REQUIRE(batch.target.shape() == Shape{2, 3});
    const std::vector<double> values = batch.input.values(), shares = batch.target.values();
    CHECK(values == samples.batch({0, 2}, &generator).input.values());
    for (const std::size_t cloud : {0u, 1u}) {
      const double* const first = &values[cloud * 18];
      Index kept = 0;  // points where the last one is, which is replaced last
      for (Index point = 0; point < 6; ++point) kept += first[3 * point] == first[15];
      const double label = shares[cloud * 3 + (cloud == 0 ? 0 : 2)], other = shares[cloud * 3 + (cloud == 0 ? 2 : 0)];
      CHECK(label + other == Catch::Approx(1));
      CHECK(shares[cloud * 3 + 1] == 0);  // its cloud is not in the batch
      if (kept < 6) {
        ++mixed;
        CHECK(label == Catch::Approx(double(kept) / 6));
      }
    }
  }
  CHECK(mixed > 20);
}

TEST_CASE("The program modelnet trains on its solids, is tested with fewer points, and reads a mesh") {
  const Program modelnet("modelnet");
  const Words small = {"train",      "--out",     modelnet.run.string(),
                       "--epochs",   "1",         "--limit-batches",
                       "3",          "--latents", "4",
                       "--channels", "8",         "--heads",
                       "2",          "--points",  "64"};
  const Result trained = modelnet(small);
  INFO(trained.output);
  REQUIRE(trained.code == 0);
  CHECK(contains(trained.output, "solids: 5500 clouds to train on, 500 to validate, 1000 to test"));
  CHECK(contains(trained.output, "mean class accuracy: "));
  CHECK(contains(read(modelnet.run / "confusion.csv"), "class,sphere,box,cylinder,cone,torus"));
  CHECK(contains(read(modelnet.run / "config.toml"), "points=64"));
  const std::string weights = modelnet.best.string();
  const Result few =
      modelnet({"eval", "--weights", weights, "--points", "16", "--confusion", (modelnet.path / "c.csv").string()});
  CHECK(few.code == 0);
  CHECK(contains(few.output, "/1000)"));
  CHECK(std::ranges::count(read(modelnet.path / "c.csv"), '\n') == 11);

  const auto predict = [&](const Path& file) { return modelnet({"predict", file.string(), "--weights", weights}); };
  const Result mesh = predict(modelnet.write("square.off", square));
  CHECK(mesh.code == 0);
  CHECK(contains(mesh.output, "\nprediction: "));
  const Result broken = predict(modelnet.write("broken.off", "OFF\n3 1 0\n"));
  CHECK(broken.code == 1);
  CHECK(contains(broken.output, "broken.off: line 3: a vertex"));
  const Result other = modelnet({"eval", "--weights", weights, "--data", npy_folder(modelnet).string()});
  CHECK(other.code == 1);
  CHECK(contains(other.output, "class 'sphere' is needed, and the data have chair table"));
  const Result of_some = modelnet(small + Words{"--training-points", "32", "--mix", "0.5"});
  INFO(of_some.output);
  CHECK(of_some.code == 0);
  const Result many = modelnet(small + Words{"--points", "513"});
  CHECK(many.code == 1);
  CHECK(contains(many.output, "--points 513: the clouds have 512 points each"));
  CHECK(contains(modelnet(small + Words{"--training-points", "513"}).output,
                 "--training-points 513: the clouds have 512 points each"));
  CHECK(contains(modelnet(small + Words{"--validation", "6000"}).output, "there are only 6000 training clouds"));
}

TEST_CASE("Training on the real ModelNet40 and ModelNet10 reads their files") {
  if (!data_folder("modelnet40")) return;
  const Program modelnet("modelnet");
  const Words small = {"train",
                       "--data",
                       "modelnet40",
                       "--out",
                       modelnet.run.string(),
                       "--epochs",
                       "1",
                       "--limit-batches",
                       "2",
                       "--latents",
                       "4",
                       "--channels",
                       "8",
                       "--heads",
                       "2",
                       "--points",
                       "32"};
  CHECK(contains(modelnet(small).output, "modelnet40: 9343 clouds to train on, 500 to validate, 2468 to test"));
  CHECK(contains(modelnet(small + Words{"--classes", "10"}).output,
                 "modelnet40: 3491 clouds to train on, 500 to validate, 908 to test"));
  CHECK(contains(modelnet({"eval", "--weights", modelnet.best.string()}).output, "/908)"));
}
