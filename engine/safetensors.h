// Named tensors in a file, in the safetensors format (https://github.com/huggingface/safetensors): strict to read,
// atomic to write.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "engine/tensor.h"

namespace latent {

struct TensorFile {
  std::map<std::string, Tensor> tensors;  // f32, f64 and i64
  std::map<std::string, std::string> metadata;
};

// Error, with the file, the byte and what was expected, if the file is missing, truncated, corrupt or of another kind.
// Every size in the file is compared with the bytes that follow before memory is allocated for it.
TensorFile load_tensors(const std::filesystem::path& file);

// The file is replaced whole or not at all: temporary file in the same folder, fsync, rename, fsync of the folder.
void save_tensors(const std::filesystem::path& file, const TensorFile& content);

}  // namespace latent
