#include "examples/app/program.h"
#include "examples/compare_attention/command_line.h"

int main(int count, char** arguments) {
  return latent::examples::run_program("compare_attention", count, arguments, latent::compare_attention::run);
}
