#include "examples/app/program.h"
#include "examples/audio/command_line.h"

int main(int count, char** arguments) {
  return latent::examples::run_program("audio", count, arguments, latent::audio::run);
}
