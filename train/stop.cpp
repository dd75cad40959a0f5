#include "train/stop.h"

#include <csignal>

namespace latent::train {

static volatile std::sig_atomic_t stop_signal = 0;

void catch_stop_signals() {
  stop_signal = 0;
  struct sigaction action = {};
  action.sa_handler = [](int signal) { stop_signal = signal; };
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return stop_signal != 0; }

void throw_if_stopped() {
  if (stop_requested()) throw Stopped();
}

}  // namespace latent::train
