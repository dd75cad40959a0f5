// NumPy's format for one array, .npy: a magic number, a header that is a Python dict, then the values in C order.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "engine/atomic_file.h"
#include "engine/shape.h"

namespace latent::modelnet {

// A memory-mapped file: the system reads its bytes when they are used, and they take no memory of the program.
struct Npy {
  Shape shape;
  std::string type;                     // as NumPy writes it: "<i2", "|u1", "<f4", "<f8", "<i8"
  std::shared_ptr<const void> mapping;  // owns the values
  const void* values = nullptr;
};

// Error naming file, byte and expected content if it is truncated, corrupt, or not an array of numbers in C order.
Npy read_npy(const std::filesystem::path& file);

// Writes an f32 array (rows, ...) row by row.  The file gets its name when it is complete.
class NpyWriter {
 public:
  NpyWriter(const std::filesystem::path& file, const Shape& shape);  // without finish() no file is left

  void write(const float* values, Index count);
  void finish();  // Error if values are missing, or the disk is full

 private:
  AtomicFile file_;
  Index missing_;
};

}  // namespace latent::modelnet
