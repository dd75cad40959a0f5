// The recipe files of this folder, as part of the program.  recipes.cpp is made from them by CMake.
#pragma once

namespace latent::mnist {

extern const char* const digits_recipe;
extern const char* const mnist_recipe;

}  // namespace latent::mnist
