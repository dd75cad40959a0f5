#include "examples/mnist/png.h"

#include <algorithm>
#include <png.h>

#include <cmath>
#include <cstdio>
#include <memory>

#include "examples/app/program.h"

namespace latent::mnist {
namespace {

constexpr unsigned longest_side = 4096;

struct Picture {
  Index width, height;
  std::vector<std::uint8_t> grey;  // row by row
};

// Grey values from pairs of grey and opacity.  Transparent parts become white, or black if everything drawn is light.
std::vector<std::uint8_t> on_paper(const std::vector<std::uint8_t>& pixels) {
  int darkest = 255;
  for (std::size_t i = 0; i < pixels.size(); i += 2)
    if (pixels[i + 1] > 127) darkest = std::min<int>(darkest, pixels[i]);
  const int paper = darkest > 127 ? 0 : 255;
  std::vector<std::uint8_t> grey;
  for (std::size_t i = 0; i < pixels.size(); i += 2) {
    const int opacity = pixels[i + 1];
    grey.push_back(static_cast<std::uint8_t>((pixels[i] * opacity + paper * (255 - opacity) + 127) / 255));
  }
  return grey;
}

// libpng's reader; each failure is an Error naming the byte where reading stopped.
class PngFile {
 public:
  explicit PngFile(const std::filesystem::path& file)
      : name_(file.string()), file_(std::fopen(file.c_str(), "rb"), std::fclose) {
    examples::need(file);
    if (!file_) fail("{}: cannot be opened", name_);
    image_.version = PNG_IMAGE_VERSION;
    check(png_image_begin_read_from_stdio(&image_, file_.get()));
  }
  PngFile(const PngFile&) = delete;
  ~PngFile() { png_image_free(&image_); }

  Picture read() {
    if (image_.width > longest_side || image_.height > longest_side)
      fail("{}: byte 16: at most {} x {} pixels expected, found {} x {}", name_, longest_side, longest_side,
           image_.width, image_.height);
    image_.format = PNG_FORMAT_GA;
    image_.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16 bits are sRGB like 8 bits, unless the file says otherwise
    std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image_));
    check(png_image_finish_read(&image_, nullptr, pixels.data(), 0, nullptr));
    return {image_.width, image_.height, on_paper(pixels)};
  }

 private:
  void check(bool success) {
    if (!success) fail("{}: byte {}: a PNG image expected, {}", name_, std::ftell(file_.get()), image_.message);
  }

  std::string name_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  png_image image_{};
};

// The mean along the border.
Index background(const Picture& picture) {
  Index sum = 0, count = 0;
  for (Index y = 0; y < picture.height; ++y)
    for (Index x = 0; x < picture.width; ++x)
      if (x == 0 || y == 0 || x == picture.width - 1 || y == picture.height - 1)
        sum += picture.grey[y * picture.width + x], ++count;
  return sum / count;
}

// Stretches the grey values so that the background is 0 and the strongest ink 255, whatever the light of a photo.
void stretch(Picture& picture) {
  const Index paper = background(picture), ink = std::max<Index>(std::ranges::max(picture.grey) - paper, 1);
  for (std::uint8_t& value : picture.grey)
    value = static_cast<std::uint8_t>(255 * std::max<Index>(value - paper, 0) / ink);
}

// The mean over the square of `size` whose corner is at (left, top); what lies outside the picture counts as 0.
double mean_over_square(const Picture& picture, double left, double top, double size) {
  const auto covered = [size](double from, Index pixel) {
    return std::max(0.0, std::min(from + size, pixel + 1.0) - std::max(from, double(pixel)));
  };
  const auto first = [](double from) { return std::max<Index>(0, std::floor(from)); };
  const auto end = [size](double from, Index limit) { return std::min<Index>(limit, std::ceil(from + size)); };
  double sum = 0;
  for (Index y = first(top); y < end(top, picture.height); ++y)
    for (Index x = first(left); x < end(left, picture.width); ++x)
      sum += covered(top, y) * covered(left, x) * picture.grey[y * picture.width + x];
  return sum / (size * size);
}

// One axis of the ink on the paper: begin, end and centre of mass.
struct Extent {
  double begin, end, mean;

  // The begin of a window of this length: centred at the mean, but moved so that it holds all the ink.
  double window(double length) const { return std::clamp(mean - length / 2, end - length, begin); }
};

std::array<Extent, 2> drawn(const Picture& picture) {
  constexpr int faint = 64;  // a fainter value may be a shadow
  Extent x{double(picture.width), 0, 0}, y{double(picture.height), 0, 0};
  double ink = 0;
  for (Index row = 0; row < picture.height; ++row)
    for (Index column = 0; column < picture.width; ++column) {
      const int value = picture.grey[row * picture.width + column];
      if (value < faint) continue;
      x = {std::min(x.begin, double(column)), std::max(x.end, column + 1.0), x.mean + value * (column + 0.5)};
      y = {std::min(y.begin, double(row)), std::max(y.end, row + 1.0), y.mean + value * (row + 0.5)};
      ink += value;
    }
  x.mean /= ink, y.mean /= ink;
  return {x, y};
}

}  // namespace

Digit read_png(const std::filesystem::path& file) {
  Picture picture = PngFile(file).read();
  if (background(picture) > 127)
    for (std::uint8_t& value : picture.grey) value = 255 - value;
  constexpr Index faintest = 16;  // a smaller difference from the paper may be noise
  if (std::ranges::max(picture.grey) - background(picture) < faintest)
    fail("{}: there is nothing to read: all pixels look like the background", file.string());

  Digit digit{};
  if (picture.width == side && picture.height == side) {
    std::ranges::copy(picture.grey, digit.begin());
    return digit;
  }
  stretch(picture);
  constexpr double filled = 20;
  const auto [across, down] = drawn(picture);
  const double size = std::max(across.end - across.begin, down.end - down.begin) / filled;
  const double left = across.window(side * size), top = down.window(side * size);
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x)
      digit[y * side + x] =
          static_cast<std::uint8_t>(std::lround(mean_over_square(picture, left + x * size, top + y * size, size)));
  return digit;
}

}  // namespace latent::mnist
