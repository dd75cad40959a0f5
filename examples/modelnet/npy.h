// NumPy's format for one array, .npy: a magic number, a header that is a Python dict, then the values in C order.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "engine/atomic_file.h"
#include "engine/shape.h"

namespace latent::modelnet {

// A file that is mapped into memory: its bytes are read when they are looked at, and need no memory of the program's own.
struct Npy {
  Shape shape;
  std::string type;                     // as NumPy writes it: "<i2", "|u1", "<f4", "<f8", "<i8"
  std::shared_ptr<const void> mapping;  // keeps the values
  const void* values = nullptr;
};

// Error naming file, byte and what was expected if it is cut short, corrupt, or holds anything but numbers in C order.
Npy read_npy(const std::filesystem::path& file);

// Writes (rows, ...) f32 row by row, into a file that only appears under its name once it is whole.
class NpyWriter {
 public:
  NpyWriter(const std::filesystem::path& file, const Shape& shape);  // without finish() nothing is left

  void write(const float* values, Index count);
  void finish();  // Error if not all values came, or the disk is full

 private:
  AtomicFile file_;
  Index missing_;
};

}  // namespace latent::modelnet
