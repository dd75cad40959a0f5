// A clean end on Ctrl-C: the training loop asks between two steps whether it should stop.
#pragma once
#include <exception>

namespace latent::train {

// Thrown where a stop was requested and nothing of the run has to be saved.
struct Stopped : std::exception {
  const char* what() const noexcept override { return "stopped"; }
};

// From here on SIGINT and SIGTERM only set a flag; a second one ends the program at once.
void catch_stop_signals();
bool stop_requested();
void throw_if_stopped();  // Stopped

}  // namespace latent::train
