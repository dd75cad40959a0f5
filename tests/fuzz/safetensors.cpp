#include "engine/safetensors.h"

#include <cstdint>
#include <cstring>

#include "engine/ops.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {

void read(std::string_view input) {
  for (const auto& [name, tensor] : load_tensors(file_of(input)).tensors)
    if (tensor.size() > 0) tensor.values();
}

std::vector<std::string> seeds() {
  const Tensor x = tensor({1, 2, 3, 4, 5, 6}, {2, 3});
  std::vector<std::string> all;
  for (const TensorFile& content :
       {TensorFile{}, TensorFile{{{"x", x}}, {}},
        TensorFile{{{"x", x}, {"empty", zeros({0, 4})}, {"i", cast(x, DType::i64)}, {"d", cast(x, DType::f64)}},
                   {{"key", "value"}, {"\"\\\u00e9", "\n"}}}}) {
    save_tensors(folder() / "seed", content);
    all.push_back(content_of(folder() / "seed"));
  }
  return all;
}

}  // namespace latent::fuzz

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// Mostly the length of the header is made to fit again: it ends with the last brace.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  const std::size_t brace = std::string_view(reinterpret_cast<char*>(data), size).rfind('}');
  if (const std::uint64_t length = brace + 1 - 8; seed % 8 > 0 && brace != std::string_view::npos && brace >= 8)
    std::memcpy(data, &length, 8);
  return size;
}
