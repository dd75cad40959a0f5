// Clouds of points with their labels: ModelNet40 from its meshes or as .npy, or solids that the program makes.
#pragma once
#include <filesystem>
#include <memory>

#include "examples/modelnet/mesh.h"

namespace latent::modelnet {

enum class Split { train, test };

// Clouds with the same number of points, each centred at the origin and within a radius of 1.
class Clouds {
 public:
  std::vector<std::string> classes;
  std::vector<Index> labels;

  Clouds(const Shape& shape, std::shared_ptr<const void> keeps, const float* values)
      : count_(shape[0]), points_(shape[1]), keeps_(std::move(keeps)), floats_(values) {}
  Clouds(const Shape& shape, std::shared_ptr<const void> keeps, const std::int16_t* values)
      : count_(shape[0]), points_(shape[1]), keeps_(std::move(keeps)), shorts_(values) {}

  Index size() const { return count_; }
  Index points() const { return points_; }  // of each
  Point operator()(Index cloud, Index point) const;

 private:
  Index count_, points_;
  std::shared_ptr<const void> keeps_;  // owns the memory of the values
  const float* floats_ = nullptr;
  const std::int16_t* shorts_ = nullptr;  // 32767 means 1
};

// Samples `points` points on the surface in an OFF file and normalises them.  Error naming the file.
Cloud cloud_of(const std::filesystem::path& file, Index points, Generator generator);

// Loads a folder of meshes, CLASS/train/*.off and CLASS/test/*.off as in ModelNet40.zip, or of arrays:
// {train,test}_points_i16.npy, (clouds, points, 3), {train,test}_labels_u8.npy and classes.txt.  Without a folder:
// solids of 10 classes.  MissingFile if the folder holds neither, or a class has no mesh; Error if a file is invalid.
//
// Meshes are sampled once: 2,048 points of each are cached in DIR/clouds-train.npy and -test.npy.  Checksums of the
// points and of the meshes' names, sizes and modification times are in clouds-train.crc32 and -test.crc32.  In a
// read-only folder the meshes are sampled each time.  Files and folders whose names begin with a dot are ignored.
Clouds load_clouds(const std::string& folder, Split split);

std::vector<std::string> modelnet10();  // the names of its classes

// Renumbers the labels to `classes` and returns the numbers of the clouds in them.  Error if a class is missing.
std::vector<Index> keep_classes(Clouds& clouds, const std::vector<std::string>& classes);

}  // namespace latent::modelnet
