// What a person sees of a training run: a bar on a terminal, plain lines elsewhere and where TERM is dumb or not set.
#pragma once
#include <chrono>
#include <string>

#include "engine/shape.h"

namespace latent::train {

class Progress {
 public:
  // `done` of the epochs * batches steps were made by an earlier run.  With `quiet` it counts and prints nothing.  Predictions are counted as `unit`.
  Progress(Index epochs, Index batches, Index done, std::string unit, bool quiet);

  // After each step: its mean loss, and how many of its predictions were right.
  void step(double loss, Index correct, Index predictions);
  void finish_epoch(const std::string& result);
  void say(const std::string& line) const;  // in place of the bar
  double predictions_per_second() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::string status(Index width) const;
  double seconds() const;

  bool terminal_, quiet_;
  std::string unit_;
  Index epochs_, batches_, before_, done_;
  Index predictions_ = 0;  // in all
  Index epoch_predictions_ = 0, epoch_correct_ = 0;
  double epoch_loss_ = 0;
  Clock::time_point begin_ = Clock::now(), shown_ = begin_;
};

}  // namespace latent::train
