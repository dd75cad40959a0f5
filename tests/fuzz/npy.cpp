#include "examples/modelnet/npy.h"

#include <numeric>

#include "tests/fuzz/harness.h"

namespace latent::fuzz {
namespace {

std::string npy(const std::string& type, const std::string& shape, std::size_t bytes, char version = 1) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t start = version == 1 ? 10 : 12;
  header.append(64 - (start + header.size() + 1) % 64, ' ');
  header += '\n';
  std::string file = "\x93NUMPY";
  file += {version, '\0', char(header.size()), '\0'};
  if (version > 1) file += {'\0', '\0'};
  return file + header + std::string(bytes, '\1');
}

}  // namespace

void read(std::string_view input) {
  const modelnet::Npy array = modelnet::read_npy(file_of(input));
  const auto* const bytes = static_cast<const char*>(array.values);
  const Index size = elements(array.shape) * (array.type.back() - '0');
  expect(std::accumulate(bytes, bytes + size, 0) <= 127 * size, "all values can be read");
}

std::vector<std::string> seeds() {
  return {npy("<i2", "2, 3, 3", 36), npy("|u1", "5,", 5), npy("<f4", "", 4), npy("<f8", "0, 4", 0, 2),
          npy("<i8", "1, 1, 1, 1, 1, 1, 1, 2", 16, 3)};
}

}  // namespace latent::fuzz
