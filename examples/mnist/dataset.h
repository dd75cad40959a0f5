// Images of single digits with their labels: MNIST from its four files, or digits that the program draws itself.
#pragma once
#include <filesystem>
#include <span>

#include "engine/shape.h"

namespace latent::mnist {

inline constexpr Index side = 28, image_size = side * side, classes = 10;

using Image = std::span<const std::uint8_t, image_size>;  // row by row: 0 background, 255 ink

struct Dataset {
  std::vector<std::uint8_t> pixels;  // (size, 28, 28)
  std::vector<std::uint8_t> labels;  // (size)

  Index size() const { return static_cast<Index>(labels.size()); }
  Image image(Index i) const { return Image(pixels.data() + i * image_size, image_size); }
};

std::vector<std::string> class_names();  // "0" to "9"

enum class Split { train, test };

// Loads the files of MNIST, with or without ".gz", and with "-idx" or ".idx" in their names.  MissingFile if one does
// not exist; Error if one is invalid.
Dataset load_mnist(const std::filesystem::path& folder, Split split);

// load_mnist(folder), or drawn digits where `folder` is empty.
Dataset load_dataset(const std::string& folder, Split split);

}  // namespace latent::mnist
