#include "examples/mnist/dataset.h"

#include <algorithm>

#include "examples/app/program.h"
#include "examples/mnist/digits.h"
#include "examples/mnist/idx.h"

namespace latent::mnist {
namespace {

// Such as train-images-idx3-ubyte; some archives unpack it as train-images.idx3-ubyte.
std::filesystem::path find_file(const std::filesystem::path& folder, const std::string& name) {
  std::string dotted = name;
  dotted[name.rfind("-idx")] = '.';
  for (const std::string& each : {name, dotted})
    for (const char* ending : {"", ".gz"})
      if (std::filesystem::is_regular_file(folder / (each + ending))) return folder / (each + ending);
  throw MissingFile(fmt::format("{}: no such file, plain or .gz; `scripts/download.sh mnist {}` fetches it",
                                (folder / name).string(), folder.string()));
}

std::vector<std::uint8_t> read_images(const std::filesystem::path& file) {
  Idx images = read_idx(file, 3);
  if (images.sizes[1] != side || images.sizes[2] != side)
    fail("{}: byte 8: images of {} x {} expected, found {} x {}", file.string(), side, side, images.sizes[1],
         images.sizes[2]);
  if (images.sizes[0] == 0) fail("{}: byte 4: at least 1 image expected, found 0", file.string());
  return std::move(images.values);
}

std::vector<std::uint8_t> read_labels(const std::filesystem::path& file, Index images) {
  Idx labels = read_idx(file, 1);
  if (labels.sizes[0] != images)
    fail("{}: byte 4: {} labels expected, one for every image, found {}", file.string(), images, labels.sizes[0]);
  const auto wrong =
      std::find_if(labels.values.begin(), labels.values.end(), [](int label) { return label >= classes; });
  if (wrong != labels.values.end())
    fail("{}: byte {}: a label from 0 to {} expected, found {}", file.string(), 8 + (wrong - labels.values.begin()),
         classes - 1, *wrong);
  return std::move(labels.values);
}

}  // namespace

std::vector<std::string> class_names() { return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; }

Dataset load_mnist(const std::filesystem::path& folder, Split split) {
  const std::string prefix = split == Split::train ? "train" : "t10k";
  const auto images = find_file(folder, prefix + "-images-idx3-ubyte");
  const auto labels = find_file(folder, prefix + "-labels-idx1-ubyte");
  Dataset dataset;
  dataset.pixels = read_images(images);
  dataset.labels = read_labels(labels, static_cast<Index>(dataset.pixels.size()) / image_size);
  return dataset;
}

Dataset load_dataset(const std::string& folder, Split split) {
  return folder.empty() ? draw_digits(split) : load_mnist(examples::data_folder(folder), split);
}

}  // namespace latent::mnist
