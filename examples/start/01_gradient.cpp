// A gradient, by backward() and by hand.
//
//   scripts/run.sh 01_gradient
//
// prints at once
//
//   f(3, 4) = 49
//   df/da = 16, by hand 16
//   df/db = 24, by hand 24
#include <iostream>

#include "engine/engine.h"

using namespace latent;

int main() {
  Tensor a = scalar(3), b = scalar(4);
  a.require_grad(), b.require_grad();
  const Tensor f = a * b * b + 1;
  backward(f);
  std::cout << "f(3, 4) = " << f.item() << "\n";
  std::cout << "df/da = " << a.grad().item() << ", by hand " << 4 * 4 << "\n";
  std::cout << "df/db = " << b.grad().item() << ", by hand " << 2 * 3 * 4 << "\n";
}
