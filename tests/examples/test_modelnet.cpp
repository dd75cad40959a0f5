// Clouds, what is made of them, and the program.
#include <csignal>

#include "examples/app/program.h"
#include "examples/modelnet/npy.h"
#include "examples/modelnet/settings.h"
#include "examples/modelnet/solids.h"
#include "tests/catch.h"
#include "tests/examples/clouds.h"
#include "tests/examples/process.h"
#include "train/stop.h"

using namespace latent;
using namespace latent::modelnet;
using namespace latent::test;

namespace {

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
  refuse(good.substr(0, 30), "byte 8: a header of 118 bytes, but the file has 30");
  refuse(good.substr(0, good.size() - 1), "(2, 2, 3) values need 24 bytes after the header, and there are 23");
  refuse(good + "x", "(2, 2, 3) values need 24 bytes after the header, and there are 25");
  refuse(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "x"), "byte 10: the header is");
  refuse(npy("{'descr': '<i2', 'fortran_order': True, 'shape': (1,), }", "xx"),
         "byte 10: the header is {'descr': '<i2', 'fortran_order': True, 'shape': (1,), }, and 'fortran_order' as "
         "False is needed");
  refuse(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (-1,), }", "xx"),
         "byte 10: the header is {'descr': '<i2', 'fortran_order': False, 'shape': (-1,), }, and 'shape' as sizes of "
         "at most 8 axes is needed");
  refuse(
      npy("{'descr': '<i2', 'fortran_order': False, 'shape': (1 2,), }", "xx"),
      "byte 10: the header is {'descr': '<i2', 'fortran_order': False, 'shape': (1 2,), }, and 'shape' as sizes with "
      "commas between them is needed");
  refuse(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "xx"),
         "(4294967296, 4294967296) values do not fit a file");
  refuse(std::string("\x93NUMPY\x01\x00", 8) + "\x39" + std::string(1, '\0') +
             "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }xx",
         "byte 67: the values begin here, but must begin at a multiple of 2");
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
  CHECK(error_of([&] { samples_of(std::make_shared<Clouds>(clouds), 9); }) ==
        "--points 9: the clouds have 8 points each");
  CHECK(samples_of(std::make_shared<Clouds>(clouds), 4).batch({2, 0}, nullptr).input.shape() == Shape{2, 4, 3});
  CHECK(samples_of(std::make_shared<Clouds>(clouds), 4).batch({2, 0}, nullptr).target.values() ==
        std::vector<double>{1, 0});
  Clouds few = clouds;
  CHECK(keep_classes(few, {"table"}) == std::vector<Index>{1, 2});
  CHECK(few.labels == std::vector<Index>{-1, 0, 0});
  few = clouds;
  CHECK(error_of([&] { keep_classes(few, modelnet10()); }) == "class 'bathtub' is missing; the data have chair table");

  folder.write("classes.txt", "chair\r\ntable\r\n\n");
  CHECK(load_clouds(data, Split::train).classes == std::vector<std::string>{"chair", "table"});
  for (const char* second : {"chair", ""}) {
    folder.write("classes.txt", fmt::format("chair\n{}\ntable\n", second));
    CHECK(contains(error_of([&] { load_clouds(data, Split::train); }),
                   fmt::format("classes.txt: line 2: a unique, non-empty class name expected, found '{}'", second)));
  }
  folder.write("classes.txt",
               "\xef\xbb\xbf"
               "chair\ntable\n");
  CHECK(load_clouds(data, Split::train).classes == std::vector<std::string>{"chair", "table"});
  folder.write("classes.txt",
               "chair\nt\xe4"
               "ble\n");
  CHECK(
      contains(error_of([&] { load_clouds(data, Split::train); }), "classes.txt: byte 7: UTF-8 expected, found 0xe4"));
  folder.write("classes.txt", "chair\ntable\n");

  folder.write("train_labels_u8.npy", labels_npy(std::string("\0\1\2", 3)));
  CHECK(contains(error_of([&] { load_clouds(data, Split::train); }),
                 "train_labels_u8.npy: label 2 of cloud 2, but classes.txt names 2 classes"));
  folder.write("train_labels_u8.npy", labels_npy(std::string("\0\1", 2)));
  CHECK(contains(error_of([&] { load_clouds(data, Split::train); }), "|u1 values (3) expected, one for each cloud"));
  folder.write("train_points_i16.npy", labels_npy("abc"));
  CHECK(contains(error_of([&] { load_clouds(data, Split::train); }),
                 "<i2 values (clouds, points, 3) expected, found |u1"));
  CHECK_THROWS_AS(load_clouds("/nowhere", Split::train), MissingFile);
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
  std::string moved = square;  // as many bytes
  moved.replace(moved.find("1 1 0"), 5, "1 3 0");
  folder.write("meshes/table/train/b.off", moved);
  std::filesystem::last_write_time(data / "table/train/b.off", before + std::chrono::hours(1));
  load_clouds(data.string(), Split::train);
  CHECK(read(data / "clouds-train.npy") != points);
  std::filesystem::remove(data / "table/train/b.off");
  CHECK(load_clouds(data.string(), Split::train).size() == 3);

  folder.write("meshes/table/train/c.off", "OFF\n1 1 0\n");
  CHECK(contains(error_of([&] { load_clouds(data.string(), Split::train); }), "c.off: line 3: a vertex"));
  train::catch_stop_signals();
  std::raise(SIGINT);
  CHECK_THROWS_AS(load_clouds(data.string(), Split::test), train::Stopped);
  train::catch_stop_signals();
  for (const auto& entry : std::filesystem::directory_iterator(data))
    CHECK(contains("chair table clouds-train.npy clouds-train.crc32", entry.path().filename().string()));
  CHECK(load_clouds(data.string(), Split::test).size() == 4);
  std::filesystem::remove(data / "table/test/a.off");
  std::filesystem::rename(data / "table/test/b.off", data / "table/test/b.txt");
  CHECK_THROWS_AS(load_clouds(data.string(), Split::test), MissingFile);
  CHECK(contains(error_of([&] { load_clouds(data.string(), Split::test); }),
                 "table/test: no .off file, but every class needs one"));
  std::filesystem::remove_all(data / "table/test");
  CHECK(contains(error_of([&] { load_clouds(data.string(), Split::test); }), "table/test: no such folder"));
}

TEST_CASE("Clouds that cannot be kept are sampled each time, and are the same") {
  const Folder folder;
  const Path data = mesh_folder(folder);
  const auto values = [&] {
    const Clouds clouds = load_clouds(data.string(), Split::train);
    std::vector<Point> points;
    for (Index i = 0; i < clouds.size() * clouds.points(); ++i)
      points.push_back(clouds(i / clouds.points(), i % clouds.points()));
    return points;
  };
  // As in a folder that is only to be read, but for root as well: the temporary file cannot be made.
  const Path in_the_way = data / fmt::format("clouds-train.npy.{}.tmp", getpid());
  std::filesystem::create_directories(in_the_way);
  const std::vector<Point> sampled = values();
  CHECK(sampled.size() == 4 * 2048);
  CHECK_FALSE(std::filesystem::exists(data / "clouds-train.npy"));
  std::filesystem::remove(in_the_way);
  CHECK(values() == sampled);
  CHECK(std::filesystem::exists(data / "clouds-train.npy"));
}

TEST_CASE("Meshes are found whatever the case of their endings, and hidden files are not") {
  const Folder folder;
  const Path data = mesh_folder(folder);
  std::filesystem::rename(data / "chair/train/a.off", data / "chair/train/a.OFF");
  folder.write("meshes/chair/train/._a.off", "what a system keeps of the file");
  std::filesystem::create_directories(data / ".cache/train");
  std::filesystem::create_directories(data / ".cache/test");
  const Clouds clouds = load_clouds(data.string(), Split::train);
  CHECK(clouds.size() == 4);
  CHECK(clouds.classes == std::vector<std::string>{"chair", "table"});
}

TEST_CASE("Mixed clouds share their points and their labels in equal parts, whatever else is in the batch") {
  const Folder folder;
  Clouds clouds = load_clouds(npy_folder(folder).string(), Split::train);  // labels 0, 1, 1
  clouds.classes.push_back("lamp");
  clouds.labels = {0, 1, 2};
  Settings settings;
  settings.points = 8;
  settings.training_points = 6;
  settings.augmentation.shift = 0.5;  // by which the clouds can be told apart: all points of one are alike
  const Generator chance(3);
  const auto shared = std::make_shared<Clouds>(clouds);
  CHECK(training_samples_of(shared, settings, {0, 2}).batch({0, 1}, &chance).target.values() ==
        std::vector<double>{0, 1});
  settings.augmentation.mix = 1;
  const examples::Samples samples = training_samples_of(shared, settings, {0, 2});
  CHECK(samples.batch({2, 1}, nullptr).target.values() == std::vector<double>{2, 1});
  CHECK(samples.batch({2, 1}, nullptr).input.shape() == Shape{2, 8, 3});

  Index mixed = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Generator generator(seed);
    const train::Batch batch = samples.batch({0, 2}, &generator);
    REQUIRE(batch.input.shape() == Shape{2, 6, 3});
    REQUIRE(batch.target.shape() == Shape{2, 3});
    const std::vector<double> values = batch.input.values(), shares = batch.target.values();
    CHECK(values == samples.batch({0, 2}, &generator).input.values());
    const train::Batch alone = samples.batch({2}, &generator);
    CHECK(alone.input.values() == std::vector<double>(values.begin() + 18, values.end()));
    CHECK(alone.target.values() == std::vector<double>(shares.begin() + 3, shares.end()));
    for (const std::size_t cloud : {0u, 1u}) {
      const double* const first = &values[cloud * 18];
      Index kept = 0;  // points where the last one is, which is replaced last
      for (Index point = 0; point < 6; ++point) kept += first[3 * point] == first[15];
      const double label = shares[cloud * 3 + (cloud == 0 ? 0 : 2)], other = shares[cloud * 3 + (cloud == 0 ? 2 : 0)];
      CHECK(label + other == Catch::Approx(1));
      CHECK(shares[cloud * 3 + 1] == 0);  // its cloud is no partner
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

  CHECK(contains(modelnet({"predict", "x.off", "--seed", "-1"}).output, "--seed: Value -1 not in range"));
  std::filesystem::create_directories(modelnet.path / "gone");
  modelnet.write("gone/classes.txt", "a\n");
  const Result missing = modelnet({"eval", "--weights", weights, "--data", (modelnet.path / "gone").string()});
  CHECK(missing.code == 2);
  CHECK(contains(missing.output, "test_points_i16.npy: no such file"));
  const auto predict = [&](const Path& file) { return modelnet({"predict", file.string(), "--weights", weights}); };
  const Result mesh = predict(modelnet.write("square.off", square));
  CHECK(mesh.code == 0);
  CHECK(contains(mesh.output, "\nprediction: "));
  const Result broken = predict(modelnet.write("broken.off", "OFF\n3 1 0\n"));
  CHECK(broken.code == 1);
  CHECK(predict("/nowhere.off").code == 2);
  CHECK(contains(broken.output, "broken.off: line 3: a vertex"));
  const Result other = modelnet({"eval", "--weights", weights, "--data", npy_folder(modelnet).string()});
  CHECK(other.code == 1);
  CHECK(contains(other.output, "class 'sphere' is missing; the data have chair table"));
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
  CHECK(contains(modelnet(small).output,
                 "modelnet40: 9343 clouds to train on, 500 to validate, 2468 to test, of 40 classes"));
  CHECK(contains(modelnet(small + Words{"--classes", "10"}).output,
                 "modelnet40: 3491 clouds to train on, 500 to validate, 908 to test, of 10 classes"));
  CHECK(contains(modelnet({"eval", "--weights", modelnet.best.string()}).output, "/908)"));
}
