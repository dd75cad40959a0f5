// Clouds of points with their labels: ModelNet40 from its meshes or as .npy, or solids that the program makes.
#pragma once
#include <filesystem>
#include <memory>

#include "examples/modelnet/mesh.h"

namespace latent::modelnet {

enum class Split { train, test };

// Clouds of equally many points, each about the origin and within a radius of 1.
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
  std::shared_ptr<const void> keeps_;  // what the values lie in
  const float* floats_ = nullptr;
  const std::int16_t* shorts_ = nullptr;  // 32767 means 1
};

// So many points of the surface in an OFF file, normalised.  Error naming the file.
Cloud cloud_of(const std::filesystem::path& file, Index points, Generator generator);

// From a folder with one folder for each class, and in these train/*.off and test/*.off, as in ModelNet40.zip; or with
// {train,test}_points_i16.npy, (N, points, 3), {train,test}_labels_u8.npy and classes.txt.  Without a folder solids of 10
// classes.  MissingFile if neither is there, or a class has no mesh, Error if something is not what it should be.
//
// From meshes 2,048 points are sampled, and kept for the next time in DIR/clouds-train.npy and -test.npy, with the
// checksums of the points and of the meshes' names, sizes and times of change in clouds-train.crc32, ...  In a folder that
// cannot be written to they are sampled each time.  Files and folders whose names begin with a dot are passed over.
Clouds load_clouds(const std::string& folder, Split split);

std::vector<std::string> modelnet10();  // the names of its classes

// Renumbers the labels to these classes and returns the clouds that belong to one of them.  Error if one is not there.
std::vector<Index> keep_classes(Clouds& clouds, const std::vector<std::string>& classes);

}  // namespace latent::modelnet
