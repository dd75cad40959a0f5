#include "examples/mnist/png.h"

#include <png.h>
#include <zlib.h>

#include <cstring>

#include "tests/fuzz/harness.h"

namespace latent::fuzz {

void read(std::string_view input) { mnist::read_png(file_of(input)); }

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const png_uint_32 side : {28, 9})
    for (const png_uint_32 format : std::vector<png_uint_32>{PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGBA,
                                                             PNG_FORMAT_LINEAR_Y, PNG_FORMAT_RGB_COLORMAP}) {
      png_image image{};
      image.version = PNG_IMAGE_VERSION, image.width = image.height = side, image.format = format;
      image.colormap_entries = format == PNG_FORMAT_RGB_COLORMAP ? 4 : 0;
      std::string pixels(PNG_IMAGE_SIZE(image), '\0'), colours(12, '\x55'), file(10000, '\0');
      for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = char(i % 4);
      std::size_t size = file.size();
      png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, colours.data());
      all.push_back(file.substr(0, size));
    }
  return all;
}

}  // namespace latent::fuzz

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// Mostly the checksums of the chunks are made to fit again.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  const auto number = [](const std::uint8_t* at) {
    return std::size_t(at[0]) << 24 | std::size_t(at[1]) << 16 | std::size_t(at[2]) << 8 | at[3];
  };
  for (std::size_t at = 8; seed % 8 > 0 && at + 12 <= size;) {
    const std::size_t length = number(data + at);
    if (length > size - at - 12) break;
    const auto sum = static_cast<std::uint32_t>(crc32(0, data + at + 4, unsigned(length + 4)));
    for (std::size_t i = 0; i < 4; ++i) data[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
    at += length + 12;
  }
  return size;
}
