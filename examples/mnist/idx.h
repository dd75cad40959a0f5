// The file format of MNIST: bytes 0, 0, type, rank, then a big-endian u32 for every size, then the values.
#pragma once
#include <filesystem>

#include "engine/shape.h"

namespace latent::mnist {

struct Idx {
  Shape sizes;
  std::vector<std::uint8_t> values;
};

// A file of unsigned bytes with `rank` axes, plain or gzip of any number of members.  Error naming file, byte and what was expected if it is
// truncated, corrupt or of another kind.  Memory is asked for only as bytes arrive, never by a size in the file.
Idx read_idx(const std::filesystem::path& file, Index rank);

}  // namespace latent::mnist
