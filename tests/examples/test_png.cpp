// PNG files written with libpng come back as digits; broken ones are refused.
#include <algorithm>
#include <png.h>

#include "examples/mnist/draw.h"
#include "examples/mnist/png.h"
#include "tests/catch.h"
#include "tests/examples/support.h"

using namespace latent;
using namespace latent::mnist;
using namespace latent::test;

namespace {

std::string png(const Folder& folder, unsigned width, unsigned height, const std::vector<std::uint8_t>& bytes,
                unsigned format = PNG_FORMAT_GRAY) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = width, image.height = height, image.format = format;
  const Path file = folder.path / "written.png";
  REQUIRE(png_image_write_to_file(&image, file.c_str(), 0, bytes.data(), 0, nullptr) != 0);
  return read(file);
}

// A bar of ink in the left half, on black.
std::vector<std::uint8_t> bar(Index width, Index height, int ink = 255, int paper = 0) {
  std::vector<std::uint8_t> pixels(width * height, std::uint8_t(paper));
  for (Index y = height / 4; y < height / 2; ++y)
    for (Index x = width / 4; x < width / 2; ++x) pixels[y * width + x] = std::uint8_t(ink);
  return pixels;
}

const std::vector<std::uint8_t> expected = bar(side, side);

std::vector<std::uint8_t> load(const Folder& folder, const std::string& bytes) {
  const Digit digit = read_png(folder.write("digit.png", bytes));
  return {digit.begin(), digit.end()};
}

}  // namespace

TEST_CASE("A PNG of 28 x 28 grey pixels is taken as it is") {
  const Folder folder;
  std::vector<std::uint8_t> pixels(image_size);
  for (Index i = 0; i < image_size; ++i) pixels[i] = std::uint8_t(i % 120);
  CHECK(load(folder, png(folder, side, side, pixels)) == pixels);
}

TEST_CASE("Light backgrounds, large pictures and colours become the same digit") {
  const Folder folder;
  CHECK(load(folder, png(folder, side, side, bar(side, side, 0, 255))) == expected);
  CHECK(load(folder, png(folder, 280, 280, bar(280, 280))) == expected);

  std::vector<std::uint8_t> colours, transparent;
  for (const std::uint8_t pixel : bar(56, 56)) {
    colours.insert(colours.end(), {pixel, pixel, pixel});
    transparent.insert(transparent.end(), {0, 0, 0, pixel});  // black ink on nothing
  }
  CHECK(load(folder, png(folder, 56, 56, colours, PNG_FORMAT_RGB)) == expected);
  CHECK(load(folder, png(folder, 56, 56, transparent, PNG_FORMAT_RGBA)) == expected);
}

TEST_CASE("A picture that is not square is put in the middle") {
  const Folder folder;
  std::vector<std::uint8_t> wide(56 * 28);
  for (Index x = 4; x < 8; ++x) wide[14 * 56 + x] = 200;
  const Digit digit = read_png(folder.write("digit.png", png(folder, 56, 28, wide)));
  CHECK(int(digit[14 * side + 2]) == 100);  // half of the 2 x 2 pixels that it averages
  CHECK(int(digit[14 * side + 4]) == 0);
  CHECK(int(digit[13 * side + 2]) == 0);
}

TEST_CASE("A PNG that is cut anywhere in its data is an error that names file and byte") {
  const Folder folder;
  const std::string whole = png(folder, side, side, expected);
  for (std::size_t size = 0; size + 12 < whole.size(); ++size) {  // its last 12 bytes only say that it ends
    const std::string message = error_of([&] { load(folder, whole.substr(0, size)); });
    INFO(size << ": " << message);
    CHECK(contains(message, "digit.png: byte "));
    CHECK(contains(message, ": a PNG image expected, "));
  }
}

TEST_CASE("Corrupt, foreign and huge PNG files are refused") {
  const Folder folder;
  const std::string whole = png(folder, side, side, expected);
  const auto error = [&](const std::string& bytes) { return error_of([&] { load(folder, bytes); }); };
  CHECK(contains(error("P5 28 28 255\n" + std::string(784, 'x')), "a PNG image expected"));
  CHECK(contains(error_of([&] { read_png(folder.path / "none.png"); }), "none.png: no such file"));
  for (std::size_t i = 45; i + 12 < whole.size(); ++i) {
    std::string corrupt = whole;
    corrupt[i] ^= 0x10;
    error(corrupt);  // an error or not, but neither a crash nor a read outside
  }
  std::string corrupt = whole;
  corrupt[whole.size() - 14] ^= 1;  // in the checksum of the pixels
  CHECK(contains(error(corrupt), "digit.png: byte "));

  const std::string huge = png(folder, 5000, 1, std::vector<std::uint8_t>(5000));
  CHECK(contains(error(huge), "byte 16: at most 4096 x 4096 pixels expected, found 5000 x 1"));
}

TEST_CASE("A digit is drawn with half blocks") {
  const std::string text = draw({Image(expected.data(), image_size)});
  CHECK(std::count(text.begin(), text.end(), '\n') == 14);
  const std::string blank = std::string(28, ' ') + "\n", row = std::string(7, ' ');
  const std::string ink = "▄▄▄▄▄▄▄", full = "███████";
  CHECK(contains(text, blank + row + ink + std::string(14, ' ') + "\n" + row + full));
}
