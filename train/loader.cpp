#include "train/loader.h"

#include <system_error>

#include "engine/error.h"

namespace latent::train {

Loader::Loader(Make make, Index begin, Index end, int workers)
    : make_(std::move(make)), end_(end), taken_(begin), begun_(begin), ahead_(2 * workers) {
  try {
    for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    stop();
    fail("--workers {}: only {} threads could be started: {}", workers, workers_.size(), error.what());
  }
}

Loader::~Loader() { stop(); }

void Loader::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wanted_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

Batch Loader::next() {
  if (taken_ >= end_) fail("Loader: all {} batches were taken", end_);
  if (workers_.empty()) return make_(taken_++);
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [&] { return made_.contains(taken_); });
  const Outcome outcome = std::move(made_.extract(taken_).mapped());
  ++taken_;
  wanted_.notify_one();
  if (outcome.error) std::rethrow_exception(outcome.error);
  return outcome.batch;
}

void Loader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wanted_.wait(lock, [&] { return stop_ || begun_ >= end_ || begun_ < taken_ + ahead_; });
    if (stop_ || begun_ >= end_) return;
    const Index batch = begun_++;
    lock.unlock();
    Outcome outcome;
    try {
      outcome.batch = make_(batch);
    } catch (...) { outcome.error = std::current_exception(); }
    lock.lock();
    made_[batch] = std::move(outcome);
    ready_.notify_one();
  }
}

}  // namespace latent::train
