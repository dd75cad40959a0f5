// Pictures of any size and content in a file that is right: each has to become a digit, unless it is blank.
#include <png.h>

#include <algorithm>

#include "examples/mnist/png.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {

// Width, height, format, then the pixels, as far as they go.
void read(std::string_view input) {
  if (input.size() < 3) return;
  constexpr unsigned formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA,       PNG_FORMAT_RGB,
                                  PNG_FORMAT_RGBA, PNG_FORMAT_LINEAR_Y, PNG_FORMAT_LINEAR_RGB_ALPHA};
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = unsigned(input[0] & 63) + 1, image.height = unsigned(input[1] & 63) + 1;
  image.format = formats[unsigned(input[2] & 127) % std::size(formats)];
  std::string pixels(PNG_IMAGE_SIZE(image), '\0'), file(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  std::copy_n(input.begin() + 3, std::min(input.size() - 3, pixels.size()), pixels.begin());
  image.flags = PNG_IMAGE_FLAG_FAST;
  std::size_t size = file.size();
  expect(png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) != 0,
         "the PNG is written");
  try {
    const mnist::Digit digit = mnist::read_png(file_of({file.data(), size}));
    expect(std::ranges::max(digit) > 0, "there is ink on the digit");
  } catch (const Error& error) {
    expect(std::string(error.what()).ends_with("all pixels look like the background"), "a picture with ink is a digit");
  }
}

std::vector<std::string> seeds() {
  std::string stroke("\x09\x09\0", 3);
  for (int i = 0; i < 100; ++i) stroke += i % 10 == 4 ? '\xff' : '\0';
  return {stroke, "\x1b\x1b\3" + std::string(28 * 28 * 4, 'x'), "\1\1\1\1\1", std::string(300, '?')};
}

}  // namespace latent::fuzz
