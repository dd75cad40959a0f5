#include "examples/modelnet/dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <zlib.h>

#include "engine/atomic_file.h"
#include "examples/app/program.h"
#include "examples/app/text_file.h"
#include "examples/modelnet/npy.h"
#include "examples/modelnet/solids.h"
#include "train/stop.h"

namespace latent::modelnet {
namespace {

namespace fs = std::filesystem;

const char* name_of(Split split) { return split == Split::train ? "train" : "test"; }

template <class T> Clouds clouds_in(const Npy& points) {
  return Clouds(points.shape, points.mapping, static_cast<const T*>(points.values));
}

void check_points(const fs::path& file, const Npy& points, const char* type) {
  if (points.type != type || points.shape.rank() != 3 || points.shape[0] < 1 || points.shape[1] < 1 ||
      points.shape[2] != 3)
    fail("{}: {} values (clouds, points, 3) expected, found {} {}", file.string(), type, points.type, points.shape);
}

// 600 solids of each class to train on, or 100 to test on, from different fixed seeds.
Clouds make_solids(Split split) {
  constexpr Index points = 512;
  const std::vector<std::string> names = solid_names();
  const Index classes = Index(names.size()), count = (split == Split::train ? 600 : 100) * classes;
  const Generator all = Generator(split == Split::train ? 1 : 2);
  const auto values = std::make_shared<std::vector<float>>();
  std::vector<Index> labels;
  for (Index i = 0; i < count; ++i) {
    Generator generator = all.fold_in(std::uint64_t(i));
    labels.push_back(i % classes);
    for (const Point& point : scan_solid(i % classes, points, generator))
      values->insert(values->end(), point.begin(), point.end());
  }
  Clouds clouds({count, points, 3}, values, values->data());
  clouds.classes = names, clouds.labels = labels;
  return clouds;
}

std::vector<std::string> read_classes(const fs::path& file) {
  std::istringstream stream(examples::read_text(file.string()));
  std::vector<std::string> classes;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    classes.push_back(line);
  }
  while (!classes.empty() && classes.back().empty()) classes.pop_back();
  for (auto name = classes.begin(); name != classes.end(); ++name)
    if (name->empty() || std::find(classes.begin(), name, *name) != name)
      fail("{}: line {}: a unique, non-empty class name expected, found '{}'", file.string(),
           name - classes.begin() + 1, *name);
  return classes;
}

Clouds load_npy(const fs::path& folder, Split split) {
  const std::string start = name_of(split);
  const fs::path points_file = folder / (start + "_points_i16.npy"), labels_file = folder / (start + "_labels_u8.npy");
  for (const fs::path& file : {points_file, labels_file}) examples::need(file);
  const Npy points = read_npy(points_file), labels = read_npy(labels_file);
  check_points(points_file, points, "<i2");
  if (labels.type != "|u1" || labels.shape != Shape{points.shape[0]})
    fail("{}: |u1 values {} expected, one for each cloud, found {} {}", labels_file.string(), Shape{points.shape[0]},
         labels.type, labels.shape);
  Clouds clouds = clouds_in<std::int16_t>(points);
  clouds.classes = read_classes(folder / "classes.txt");
  const auto* const label = static_cast<const std::uint8_t*>(labels.values);
  for (Index i = 0; i < clouds.size(); ++i) {
    if (Index(label[i]) >= Index(clouds.classes.size()))
      fail("{}: label {} of cloud {}, but classes.txt names {} classes", labels_file.string(), label[i], i,
           clouds.classes.size());
    clouds.labels.push_back(label[i]);
  }
  return clouds;
}

struct Meshes {
  std::vector<std::string> classes;
  std::vector<fs::path> files;
  std::vector<Index> labels;
};

std::vector<fs::path> sorted(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

Meshes find_meshes(const fs::path& folder, Split split) {
  Meshes meshes;
  for (const fs::path& in_class : sorted(folder)) {
    if (in_class.filename().string().starts_with('.')) continue;
    if (!fs::is_directory(in_class / "train") && !fs::is_directory(in_class / "test")) continue;
    const fs::path part = in_class / name_of(split);
    if (!fs::is_directory(part)) throw MissingFile(fmt::format("{}: no such folder", part.string()));
    const std::size_t before = meshes.files.size();
    for (const fs::path& file : sorted(part)) {
      if (!examples::is_listed(file, ".off")) continue;
      meshes.files.push_back(file);
      meshes.labels.push_back(Index(meshes.classes.size()));
    }
    if (meshes.files.size() == before)
      throw MissingFile(fmt::format("{}: no .off file, but every class needs one", part.string()));
    meshes.classes.push_back(in_class.filename().string());
  }
  return meshes;
}

constexpr Index points_from_a_mesh = 2048;

class Checksum {
 public:
  void add(const void* bytes, std::size_t size) { sum_ = crc32_z(sum_, static_cast<const Bytef*>(bytes), size); }
  void add(const std::string& text) { add(text.data(), text.size() + 1); }
  std::string text() const { return fmt::format("{:08x}", sum_); }

 private:
  uLong sum_ = 0;
};

std::string checksum(const Npy& points) {
  Checksum sum;
  sum.add(points.values, std::size_t(elements(points.shape)) * sizeof(float));
  return sum.text();
}

std::string checksum(const Meshes& meshes) {
  Checksum sum;
  for (const fs::path& file : meshes.files) {
    sum.add(file.parent_path().parent_path().filename().string() + "/" + file.filename().string());
    sum.add(fmt::format("{} {}", fs::file_size(file), fs::last_write_time(file).time_since_epoch().count()));
  }
  return sum.text();
}

std::string sums(const Npy& points, const Meshes& meshes) {
  return checksum(points) + " points\n" + checksum(meshes) + " meshes\n";
}

Shape shape_of(const Meshes& meshes) { return {Index(meshes.files.size()), points_from_a_mesh, 3}; }

// Calls keep(cloud) for one mesh after the other; each cloud has a random stream of its own.
template <class Keep> void sample_meshes(const Meshes& meshes, Split split, Keep keep) {
  const Generator all(split == Split::train ? 1 : 2);
  for (std::size_t i = 0; i < meshes.files.size(); ++i) {
    train::throw_if_stopped();
    if (i > 0 && i % 1000 == 0) fmt::print("{} of {} meshes\n", i, meshes.files.size());
    keep(cloud_of(meshes.files[i], points_from_a_mesh, all.fold_in(i)));
  }
}

// True if the file holds the points of these meshes.
bool is_sampled(const fs::path& points_file, const fs::path& sums_file, const Meshes& meshes) {
  if (!fs::exists(points_file) || !fs::exists(sums_file)) return false;
  try {
    const Npy points = read_npy(points_file);
    return points.type == "<f4" && points.shape == shape_of(meshes) &&
           examples::read_text(sums_file.string()) == sums(points, meshes);
  } catch (const Error&) { return false; }  // an invalid file is made again
}

Clouds sampled_in_memory(const Meshes& meshes, Split split) {
  const auto values = std::make_shared<std::vector<float>>();
  sample_meshes(meshes, split, [&](const Cloud& cloud) {
    for (const Point& point : cloud) values->insert(values->end(), point.begin(), point.end());
  });
  return Clouds(shape_of(meshes), values, values->data());
}

Clouds points_of(const fs::path& folder, const Meshes& meshes, Split split) {
  const fs::path points_file = folder / fmt::format("clouds-{}.npy", name_of(split));
  fs::path sums_file = points_file;
  sums_file.replace_extension(".crc32");
  if (is_sampled(points_file, sums_file, meshes)) return clouds_in<float>(read_npy(points_file));
  fmt::print("sampling {} points of each of {} meshes", points_from_a_mesh, meshes.files.size());
  std::optional<NpyWriter> writer;
  try {
    writer.emplace(points_file, shape_of(meshes));
  } catch (const Error& error) {  // such as a read-only folder
    fmt::print(", for this time only: {}\n", error.what());
    return sampled_in_memory(meshes, split);
  }
  fmt::print(", once, into {}\n", points_file.string());
  sample_meshes(meshes, split,
                [&](const Cloud& cloud) { writer->write(cloud.front().data(), 3 * Index(cloud.size())); });
  writer->finish();
  const Npy points = read_npy(points_file);
  write_text(sums_file.string(), sums(points, meshes));
  return clouds_in<float>(points);
}

Clouds load_meshes(const fs::path& folder, const Meshes& meshes, Split split) {
  Clouds clouds = points_of(folder, meshes, split);
  clouds.classes = meshes.classes, clouds.labels = meshes.labels;
  return clouds;
}

}  // namespace

Point Clouds::operator()(Index cloud, Index point) const {
  const Index at = (cloud * points_ + point) * 3;
  if (floats_) return {floats_[at], floats_[at + 1], floats_[at + 2]};
  constexpr float unit = 1.0f / 32767;
  return {float(shorts_[at]) * unit, float(shorts_[at + 1]) * unit, float(shorts_[at + 2]) * unit};
}

Cloud cloud_of(const fs::path& file, Index points, Generator generator) {
  const Mesh mesh = read_off(file);
  try {
    Cloud cloud = sample_surface(mesh, points, generator);
    normalize(cloud);
    return cloud;
  } catch (const Error& error) { fail("{}: {}", file.string(), error.what()); }
}

Clouds load_clouds(const std::string& name, Split split) {
  if (name.empty()) return make_solids(split);
  const fs::path folder = examples::data_folder(name);
  if (fs::exists(folder / "classes.txt")) return load_npy(folder, split);
  if (fs::is_directory(folder))
    if (const Meshes meshes = find_meshes(folder, split); !meshes.files.empty())
      return load_meshes(folder, meshes, split);
  throw MissingFile(fmt::format(
      "{}: neither classes.txt nor CLASS/{}/*.off is there; `scripts/download.sh modelnet40 {}` fetches them",
      folder.string(), name_of(split), folder.string()));
}

std::vector<std::string> modelnet10() {
  return {"bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet"};
}

std::vector<Index> keep_classes(Clouds& clouds, const std::vector<std::string>& classes) {
  std::vector<Index> numbers(clouds.classes.size(), -1), kept;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto found = std::ranges::find(clouds.classes, classes[i]);
    if (found == clouds.classes.end())
      fail("class '{}' is missing; the data have {}", classes[i], fmt::join(clouds.classes, " "));
    numbers[std::size_t(found - clouds.classes.begin())] = Index(i);
  }
  for (Index i = 0; i < clouds.size(); ++i) {
    Index& label = clouds.labels[std::size_t(i)];
    label = numbers[std::size_t(label)];
    if (label >= 0) kept.push_back(i);
  }
  clouds.classes = classes;
  return kept;
}

}  // namespace latent::modelnet
