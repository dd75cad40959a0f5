// A digit as text, two pixels in one character.
#pragma once
#include <string>

#include "examples/mnist/dataset.h"

namespace latent::mnist {

std::string draw(Image image);  // 14 lines of half blocks

}  // namespace latent::mnist
