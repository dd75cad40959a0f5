// PNG files written with libpng come back as digits; broken ones are refused.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <png.h>

#include "examples/mnist/draw.h"
#include "examples/mnist/png.h"
#include "tests/catch.h"
#include "tests/folder.h"

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

// Of the square `bar`, as libpng's own interface writes it; `pixel` puts one at the end of a row.
std::string libpng(const Folder& folder, unsigned size, int depth, int type,
                   const std::function<void(std::vector<std::uint8_t>&, bool)>& pixel) {
  const Path file = folder.path / "written.png";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "wb"), std::fclose);
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(writer);
  png_init_io(writer, stream.get());
  png_set_IHDR(writer, info, size, size, depth, type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  const png_color palette[] = {{255, 255, 255}, {0, 0, 0}};
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(writer, info, palette, 2);
  png_write_info(writer, info);
  png_set_packing(writer);
  for (unsigned y = 0; y < size; ++y) {
    std::vector<std::uint8_t> row;
    for (unsigned x = 0; x < size; ++x) pixel(row, x >= size / 4 && x < size / 2 && y >= size / 4 && y < size / 2);
    png_write_row(writer, row.data());
  }
  png_write_end(writer, nullptr);
  png_destroy_write_struct(&writer, &info);
  std::fflush(stream.get());
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

// 20 x 20 pixels of ink in the middle
std::vector<std::uint8_t> square_in_the_middle() {
  std::vector<std::uint8_t> pixels(image_size);
  for (Index y = 4; y < 24; ++y) std::fill_n(pixels.begin() + y * side + 4, 20, 255);
  return pixels;
}

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
  const std::vector<std::uint8_t> middle = square_in_the_middle();
  CHECK(load(folder, png(folder, 280, 280, bar(280, 280))) == middle);
  CHECK(load(folder, png(folder, 280, 280, bar(280, 280, 60, 200))) == middle);
  CHECK(load(folder, png(folder, 4, 4, bar(4, 4))) == middle);

  std::vector<std::uint8_t> colours, transparent;
  for (const std::uint8_t pixel : bar(56, 56)) {
    colours.insert(colours.end(), {pixel, pixel, pixel});
    transparent.insert(transparent.end(), {0, 0, 0, pixel});  // black ink on nothing
  }
  CHECK(load(folder, png(folder, 56, 56, colours, PNG_FORMAT_RGB)) == middle);
  CHECK(load(folder, png(folder, 56, 56, transparent, PNG_FORMAT_RGBA)) == middle);
}

TEST_CASE("Palettes, two colours, 16 bits and grey with alpha are read as well") {
  const Folder folder;
  const std::vector<std::uint8_t> middle = square_in_the_middle();
  const auto written = [&](int depth, int type, const std::function<void(std::vector<std::uint8_t>&, bool)>& pixel) {
    return load(folder, libpng(folder, 56, depth, type, pixel));
  };
  const auto bytes = [](std::vector<std::uint8_t> ink, std::vector<std::uint8_t> paper) {
    return [=](std::vector<std::uint8_t>& row, bool inked) {
      const std::vector<std::uint8_t>& from = inked ? ink : paper;
      row.insert(row.end(), from.begin(), from.end());
    };
  };
  CHECK(written(8, PNG_COLOR_TYPE_PALETTE, bytes({1}, {0})) == middle);
  CHECK(written(1, PNG_COLOR_TYPE_GRAY, bytes({1}, {0})) == middle);
  CHECK(written(16, PNG_COLOR_TYPE_GRAY, bytes({0xff, 0xff}, {0, 0})) == middle);
  CHECK(written(8, PNG_COLOR_TYPE_GRAY_ALPHA, bytes({0, 255}, {0, 0})) == middle);
  // Without a gamma in the file 16 bits are sRGB, as 8 bits are: each grey becomes its upper byte.
  for (const int grey : {1, 16, 64, 100, 127}) {
    const auto ink = std::uint8_t(grey);
    const std::string eight = libpng(folder, side, 8, PNG_COLOR_TYPE_GRAY, bytes({ink}, {0}));
    const std::string sixteen = libpng(folder, side, 16, PNG_COLOR_TYPE_GRAY, bytes({ink, ink}, {0, 0}));
    const std::string colour =
        libpng(folder, side, 16, PNG_COLOR_TYPE_RGB, bytes({ink, ink, ink, ink, ink, ink}, {0, 0, 0, 0, 0, 0}));
    if (grey < 16) {
      CHECK(contains(error_of([&] { load(folder, sixteen); }), "there is nothing to read"));
      continue;
    }
    CHECK(load(folder, eight) == bar(side, side, grey));
    CHECK(load(folder, sixteen) == bar(side, side, grey));
    CHECK(load(folder, colour) == bar(side, side, grey));
  }
  CHECK(written(16, PNG_COLOR_TYPE_RGB, bytes({0, 0, 0, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff})) == middle);
}

TEST_CASE("What is drawn anywhere fills 20 pixels, with its centre of mass in the middle") {
  const Folder folder;
  std::vector<std::uint8_t> wide(300 * 100);
  for (Index y = 30; y < 70; ++y)  // a T that lies: a stem from the left, and a bar at its right end
    for (Index x = 200; x < 240; ++x)
      if (x >= 230 || (y >= 45 && y < 55)) wide[y * 300 + x] = 200;
  const Digit digit = read_png(folder.write("digit.png", png(folder, 300, 100, wide)));
  double ink = 0, across = 0, down = 0;
  Index left = side, right = 0, top = side, bottom = 0;
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x)
      if (const int value = digit[y * side + x]) {
        ink += value, across += value * (x + 0.5), down += value * (y + 0.5);
        left = std::min(left, x), right = std::max(right, x + 1), top = std::min(top, y),
        bottom = std::max(bottom, y + 1);
      }
  CHECK(across / ink == Catch::Approx(side / 2).margin(0.05));
  CHECK(down / ink == Catch::Approx(side / 2).margin(0.05));
  CHECK((right - left >= 20 && right - left <= 21));
  CHECK((bottom - top >= 20 && bottom - top <= 21));
  CHECK(std::ranges::max(digit) == 255);
}

TEST_CASE("A picture with nothing on it is refused, for a model would name a class all the same") {
  const Folder folder;
  const std::string message = (folder.path / "digit.png").string() + ": there is nothing to read: ";
  for (const Index size : {side, Index{50}}) {
    const auto refused = [&](const std::vector<std::uint8_t>& pixels, unsigned format) {
      const std::string error =
          error_of([&] { load(folder, png(folder, unsigned(size), unsigned(size), pixels, format)); });
      CHECK(error.starts_with(message));
    };
    const auto area = std::size_t(size * size);
    for (const std::uint8_t grey : {0, 90, 255}) refused(std::vector<std::uint8_t>(area, grey), PNG_FORMAT_GRAY);
    refused(bar(size, size, 100, 90), PNG_FORMAT_GRAY);             // noise, or a shadow
    refused(std::vector<std::uint8_t>(4 * area), PNG_FORMAT_RGBA);  // all of it transparent
    CHECK_NOTHROW(load(folder, png(folder, unsigned(size), unsigned(size), bar(size, size, 120, 90))));
  }
}

TEST_CASE("Transparent pictures are read whatever their ink is, and half transparent ink is half ink") {
  const Folder folder;
  const auto on_nothing = [&](std::uint8_t ink, std::uint8_t opacity, bool card) {
    std::vector<std::uint8_t> pixels;
    for (const std::uint8_t inside : bar(side, side)) {
      const std::uint8_t grey = inside ? ink : 255;
      pixels.insert(pixels.end(), {grey, grey, grey, std::uint8_t(inside ? opacity : card ? 255 : 0)});
    }
    return load(folder, png(folder, side, side, pixels, PNG_FORMAT_RGBA));
  };
  CHECK(on_nothing(0, 255, false) == expected);    // black ink
  CHECK(on_nothing(255, 255, false) == expected);  // white ink
  CHECK(on_nothing(0, 255, true) == expected);     // on a white card
  CHECK(on_nothing(0, 128, false) == bar(side, side, 128));
  CHECK(on_nothing(255, 128, false) == bar(side, side, 128));
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
  const std::string blank = fmt::format("{:28}\n", ""), row(7, ' ');
  const std::string ink = "▄▄▄▄▄▄▄", full = "███████";
  CHECK(contains(text, fmt::format("{}{}{}{:14}\n{}{}", blank, row, ink, "", row, full)));
}
