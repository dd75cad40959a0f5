#include "examples/app/program.h"
#include "examples/modelnet/command_line.h"

int main(int count, char** arguments) {
  return latent::examples::run_program("modelnet", count, arguments, latent::modelnet::run);
}
