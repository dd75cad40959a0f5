// A clean end on Ctrl-C: the training loop checks between two steps whether it should stop.
#pragma once
#include <exception>

namespace latent::train {

// Thrown after a stop request in places where there is nothing to save.
struct Stopped : std::exception {
  const char* what() const noexcept override { return "stopped"; }
};

// From here on SIGINT and SIGTERM only set a flag; a second one ends the program at once.
void catch_stop_signals();
bool stop_requested();
void throw_if_stopped();  // Stopped

}  // namespace latent::train
