#include "examples/app/program.h"
#include "examples/shakespeare/command_line.h"

int main(int count, char** arguments) {
  return latent::examples::run_program("shakespeare", count, arguments, latent::shakespeare::run);
}
