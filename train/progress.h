// Shows the progress of a training run: a bar on a terminal, plain lines elsewhere and if TERM is dumb or not set.
#pragma once
#include <chrono>
#include <string>

#include "engine/shape.h"

namespace latent::train {

class Progress {
 public:
  // An earlier run has made `done` of the epochs * batches steps.  `unit` names the predictions, as in "123 samples/s".
  // With `quiet` it counts but prints nothing.
  Progress(Index epochs, Index batches, Index done, std::string unit, bool quiet);

  // Call after each step, with its mean loss and its numbers of correct and of all predictions.
  void step(double loss, Index correct, Index predictions);
  void finish_epoch(const std::string& result);
  void say(const std::string& line) const;  // prints the line in place of the bar
  double predictions_per_second() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::string status(Index width) const;
  double seconds() const;

  bool terminal_, quiet_;
  std::string unit_;
  Index epochs_, batches_, before_, done_;
  Index predictions_ = 0;  // over all epochs
  Index epoch_predictions_ = 0, epoch_correct_ = 0;
  double epoch_loss_ = 0;
  Clock::time_point begin_ = Clock::now(), shown_ = begin_;
};

}  // namespace latent::train
