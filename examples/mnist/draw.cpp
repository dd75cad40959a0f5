#include "examples/mnist/draw.h"

namespace latent::mnist {

std::string draw(const std::vector<Image>& images) {
  static const char* const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};
  constexpr int dark = 100;
  std::string text;
  for (Index y = 0; y < side; y += 2) {
    for (const Image& image : images) {
      if (&image != &images.front()) text += "  ";
      for (Index x = 0; x < side; ++x) text += blocks[image[y * side + x] > dark][image[(y + 1) * side + x] > dark];
    }
    text += '\n';
  }
  return text;
}

}  // namespace latent::mnist
