// The reader of MNIST's files: what it reads, and what it says of files that are not as they should be.
#include <zlib.h>

#include "engine/tensor.h"
#include "examples/app/program.h"
#include "examples/mnist/dataset.h"
#include "examples/mnist/idx.h"
#include "tests/catch.h"
#include "tests/files.h"
#include "tests/folder.h"

using namespace latent;
using namespace latent::mnist;
using namespace latent::test;

namespace {

std::string idx_header(const std::vector<std::uint32_t>& sizes, int type = 8) {
  std::string bytes = {0, 0, char(type), char(sizes.size())};
  for (const std::uint32_t size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) bytes += char(size >> shift);
  return bytes;
}

std::string gzip(const Folder& folder, const std::string& bytes) {
  const Path file = folder.path / "packed";
  const gzFile handle = gzopen(file.c_str(), "wb");
  gzwrite(handle, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(handle);
  return read(file);
}

const std::string two_images = idx_header({2, 2, 3}) + "abcdefghijkl";

}  // namespace

TEST_CASE("IDX files are read, plain and gzip") {
  const Folder folder;
  for (const std::string& bytes : {two_images, gzip(folder, two_images)}) {
    const Idx idx = read_idx(folder.write("images", bytes), 3);
    CHECK(idx.sizes == Shape{2, 2, 3});
    CHECK(std::string(idx.values.begin(), idx.values.end()) == "abcdefghijkl");
  }
  CHECK(read_idx(folder.write("labels", idx_header({0})), 1).values.empty());
}

TEST_CASE("A gzip file may be several members, some of them empty") {
  const Folder folder;
  for (std::size_t first = 0; first <= two_images.size(); ++first)
    for (std::size_t second = first; second <= two_images.size(); second += 7) {
      const std::string packed = gzip(folder, two_images.substr(0, first)) +
                                 gzip(folder, two_images.substr(first, second - first)) +
                                 gzip(folder, two_images.substr(second));
      const Idx idx = read_idx(folder.write("members.gz", packed), 3);
      CHECK(std::string(idx.values.begin(), idx.values.end()) == "abcdefghijkl");
    }
  const std::string packed = gzip(folder, two_images);
  const auto error = [&](const std::string& bytes) {
    return error_of([file = folder.write("members.gz", bytes)] { read_idx(file, 3); });
  };
  CHECK(contains(error(packed + packed), "byte 28 after unpacking: the end of the file expected, more bytes follow"));
  CHECK(contains(error(packed + "\x1f"), fmt::format("byte {}: more gzip data expected", packed.size() + 1)));
  CHECK(contains(error(packed + "\x1fXX"), "gzip data expected, incorrect header check"));
}

TEST_CASE("An IDX file that is cut anywhere is an error that names the byte") {
  const Folder folder;
  for (std::size_t size = 0; size < two_images.size(); ++size) {
    const Path file = folder.write("cut", two_images.substr(0, size));
    const std::string message = error_of([&] { read_idx(file, 3); });
    INFO(size << ": " << message);
    CHECK(contains(message, file.string() + ": byte " + std::to_string(size) + ": "));
    CHECK(contains(message, "expected, the file ends"));
  }
  const std::string packed = gzip(folder, two_images);
  for (std::size_t size = 1; size < packed.size(); ++size) {
    const Path file = folder.write("cut.gz", packed.substr(0, size));
    const std::string end = size == 1 ? "byte 1: the IDX header 00 00 08 03 expected, the file ends"
                                      : fmt::format("byte {}: more gzip data expected, the file ends", size);
    CHECK(contains(error_of([&] { read_idx(file, 3); }), "cut.gz: " + end));
  }
}

TEST_CASE("Foreign and corrupt IDX files are errors") {
  const Folder folder;
  const auto error = [&](const std::string& bytes) {
    return error_of([file = folder.write("file", bytes)] { read_idx(file, 3); });
  };
  CHECK(contains(error("<html><body>"), "byte 0: the IDX header 00 00 08 03 expected, found 3c 68 74 6d"));
  CHECK(contains(error(idx_header({5})), "byte 0: the IDX header 00 00 08 03 expected, found 00 00 08 01"));
  CHECK(contains(error(idx_header({1, 1, 1}, 13)), "found 00 00 0d 03"));
  CHECK(contains(error(two_images + "m"), "byte 28: the end of the file expected, more bytes follow"));
  const std::string packed = gzip(folder, two_images), packed_more = gzip(folder, two_images + "m");
  CHECK(contains(error(packed_more), "byte 28 after unpacking: the end of the file expected, more bytes follow"));
  CHECK(contains(error(packed + "m"),
                 fmt::format("byte {}: the end of the file expected, more bytes follow", packed.size())));

  std::string corrupt = gzip(folder, two_images);
  corrupt[corrupt.size() - 6] ^= 1;  // in the checksum at the end
  CHECK(contains(error(corrupt), "gzip data expected, "));
  CHECK(contains(error_of([&] { read_idx(folder.path / "none", 3); }), "none: cannot be opened"));
}

TEST_CASE("Sizes in an IDX file ask for no memory before the bytes are there") {
  const Folder folder;
  const std::uint32_t most = 0xffffffff;
  const std::string too_many = error_of([&] { read_idx(folder.write("huge", idx_header({most, most, most})), 3); });
  CHECK(contains(too_many, "byte 4: a number of values below 2^63 expected"));
  const std::string missing = error_of([&] {
    read_idx(folder.write("large", idx_header({most, most / 2, 1}) + "x"), 3);
  });
  CHECK(contains(missing, "byte 17: 9223372030412324865 values (4294967295, 2147483647, 1) expected, the file ends"));
}

TEST_CASE("A folder of MNIST is read whole or refused") {
  const Folder folder;
  const auto load = [&] { return load_mnist(folder.path, Split::train); };
  const auto images = [&](std::uint32_t count, std::uint32_t height) {
    folder.write("train-images-idx3-ubyte", idx_header({count, height, 28}) + std::string(count * height * 28, 'i'));
  };
  const auto labels = [&](const std::string& values) {
    folder.write("train-labels-idx1-ubyte", idx_header({std::uint32_t(values.size())}) + values);
  };
  try {
    load();
    FAIL("the files are missing");
  } catch (const MissingFile& error) {
    CHECK(contains(error.what(), (folder.path / "train-images-idx3-ubyte").string()));
    CHECK(contains(error.what(), "scripts/download.sh mnist " + folder.path.string()));
  }
  images(2, 28);
  labels("\x03\x09");
  const Dataset dataset = load();
  CHECK(dataset.size() == 2);
  CHECK(dataset.labels == std::vector<std::uint8_t>{3, 9});
  CHECK(dataset.image(1)[783] == 'i');

  const Path dashed = folder.path / "train-images-idx3-ubyte", dotted = folder.path / "train-images.idx3-ubyte";
  std::filesystem::rename(dashed, dotted);
  CHECK(load().pixels == dataset.pixels);
  std::filesystem::rename(dotted, dashed);

  labels("\x03");
  CHECK(contains(error_of(load), "byte 4: 2 labels expected, one for every image, found 1"));
  labels("\x03\x0a");
  CHECK(contains(error_of(load), "byte 9: a label from 0 to 9 expected, found 10"));
  images(0, 28), labels("");
  CHECK(contains(error_of(load), "byte 4: at least 1 image expected, found 0"));
  images(2, 27);
  CHECK(contains(error_of(load), "byte 8: images of 28 x 28 expected, found 27 x 28"));
}

TEST_CASE("The real MNIST has 60,000 and 10,000 images") {
  const auto folder = data_folder("mnist");
  if (!folder) return;
  const Dataset train = load_mnist(*folder, Split::train), test = load_mnist(*folder, Split::test);
  CHECK(train.size() == 60000);
  CHECK(test.size() == 10000);
  CHECK(std::vector<int>(test.labels.begin(), test.labels.begin() + 5) == std::vector<int>{7, 2, 1, 0, 4});
  double sum = 0;
  for (const std::uint8_t pixel : train.pixels) sum += pixel;
  CHECK(sum / 255 / double(train.pixels.size()) == Catch::Approx(0.1307).margin(1e-4));
}
