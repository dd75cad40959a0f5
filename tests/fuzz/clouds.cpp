// The folder of a data set of clouds: classes.txt and labels, with points that are right.
#include <algorithm>

#include "examples/modelnet/dataset.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {
namespace {

std::string npy(const std::string& type, const std::string& shape, std::string_view values) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(118 - header.size(), ' ');
  return std::string("\x93NUMPY\1\0\x76\0", 10) + header + std::string(values);
}

}  // namespace

void read(std::string_view input) {
  const auto in = parts(input, 2);
  const std::string clouds = std::to_string(in[1].size());
  write(folder() / "classes.txt", in[0]);
  write(folder() / "train_labels_u8.npy", npy("|u1", clouds + ",", in[1]));
  write(folder() / "train_points_i16.npy", npy("<i2", clouds + ", 1, 3", std::string(in[1].size() * 6, '\1')));
  modelnet::Clouds all = modelnet::load_clouds(folder().string(), modelnet::Split::train);
  const auto kept = modelnet::keep_classes(all, {all.classes.front()});
  expect(Index(kept.size()) == std::ranges::count(in[1], '\0'), "the first class is kept");
}

std::vector<std::string> seeds() {
  using namespace std::string_literals;
  return {"chair\ntable\n\0\0\1\1\0"s, "\xef\xbb\xbflamp\r\nsofa\r\n\r\n\0\1"s};
}

}  // namespace latent::fuzz
