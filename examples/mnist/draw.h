// Digits as text, two pixels in one character.
#pragma once
#include <string>
#include <vector>

#include "examples/mnist/dataset.h"

namespace latent::mnist {

std::string draw(const std::vector<Image>& images);  // side by side: 14 lines of half blocks

}  // namespace latent::mnist
