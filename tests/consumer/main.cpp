#include <iostream>

#include "engine/engine.h"
#include "models/perceiver.h"
#include "nn/nn.h"
#include "train/trainer.h"

int main(int count, char**) {
  using namespace latent;
  Tensor x = tensor({1, 2, 3}, DType::f64);
  x.require_grad();
  std::cout << "gradient of x^3: " << grad(sum(x * x * x), {x})[0] << "\n";
  nn::Init init{.generator = Generator(1)};
  const models::Perceiver model({.input = {.grid = {4, 4}}, .latents = 2, .channels = 8, .heads = 2}, init);
  std::cout << to_string(model(zeros({3, 16, 1})).shape()) << "\n";
  if (count > 1) train::Trainer({}, model, {}).run();  // has to link
}
