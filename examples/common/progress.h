// What a person sees of a training run: a bar on a terminal, plain lines elsewhere and where TERM is dumb or not set.
#pragma once
#include <chrono>
#include <string>

#include "engine/shape.h"

namespace latent::examples {

class Progress {
 public:
  // `done` of the epochs * batches steps were made by an earlier run.  Answers are counted as `unit`.
  Progress(Index epochs, Index batches, Index done, std::string unit);

  // After each step: its mean loss, and how many of its answers were right.
  void step(double loss, Index correct, Index answers);
  void finish_epoch(const std::string& result);
  void say(const std::string& line) const;  // in place of the bar
  double answers_per_second() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::string status(Index width) const;
  double seconds() const;

  bool terminal_;
  std::string unit_;
  Index epochs_, batches_, before_, done_;
  Index answers_ = 0;  // in all
  Index epoch_answers_ = 0, epoch_correct_ = 0;
  double epoch_loss_ = 0;
  Clock::time_point begin_ = Clock::now(), shown_ = begin_;
};

}  // namespace latent::examples
