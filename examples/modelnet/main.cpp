#include "examples/common/program.h"
#include "examples/modelnet/command_line.h"

int main(int count, char** arguments) {
  return latent::examples::run_program("modelnet", [&] {
    return latent::modelnet::run({arguments + 1, arguments + count});
  });
}
