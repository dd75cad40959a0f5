#include "examples/app/program.h"
#include "examples/mnist/command_line.h"

int main(int count, char** arguments) {
  return latent::examples::run_program("mnist", count, arguments, latent::mnist::run);
}
