// The file format of MNIST: bytes 0, 0, type, rank, then a big-endian u32 for every size, then the values.
#pragma once
#include <filesystem>

#include "engine/shape.h"

namespace latent::mnist {

struct Idx {
  Shape sizes;
  std::vector<std::uint8_t> values;
};

// Reads a file of unsigned bytes with `rank` axes, plain or gzip of any number of members.  Error naming file, byte and
// expected content if it is truncated, corrupt or of another kind.  Memory grows with the bytes that arrive, whatever
// sizes the header claims.
Idx read_idx(const std::filesystem::path& file, Index rank);

}  // namespace latent::mnist
