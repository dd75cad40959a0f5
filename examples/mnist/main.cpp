#include "examples/common/program.h"
#include "examples/mnist/command_line.h"

int main(int count, char** arguments) {
  return latent::examples::run_program("mnist", [&] { return latent::mnist::run({arguments + 1, arguments + count}); });
}
