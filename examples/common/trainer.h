// The training loop: epochs over shuffled samples, with metrics, checkpoints and a clean stop.
#pragma once
#include "examples/common/checkpoint.h"
#include "examples/common/loader.h"
#include "examples/common/metrics.h"
#include "examples/common/profiler.h"
#include "examples/common/progress.h"
#include "examples/common/training_settings.h"

namespace latent::examples {

struct Score {
  double loss = 0;  // mean over the answers
  Index correct = 0, answers = 0;

  double accuracy() const { return double(correct) / answers; }
};

struct BatchResult {
  Tensor loss;  // mean over the batch, with its history
  Index correct = 0;
};

// What the loop has to know about a model and its data.
struct Job {
  nn::Module model;
  Index samples = 0;                // to train on
  Index answers = 1;                // that the model gives for each: a class, or the next character at every place
  std::string unit = "samples";     // what the answers are counted as
  bool least_loss_is_best = false;  // of validation; else the highest accuracy
  // Called by several threads at once.  Random changes to a sample are to follow from `of_epoch` and its number, so that
  // they do not depend on threads.
  std::function<Batch(const std::vector<Index>& samples, const Generator& of_epoch)> batch;
  std::function<BatchResult(const Batch& batch)> forward;
  std::function<Score()> validate;  // on samples held out; empty where there are none
  Metadata metadata;                // for the checkpoints
  std::string config;               // text for config.toml
  std::function<void()> report;     // after each epoch, when its metrics are written; may be empty
};

// The first values of the weights come from here; the other random numbers from streams beside it.
Generator weights_generator(std::uint64_t seed);

// Held by one training at a time, which writes into the folder; given back by the system even if the process is killed.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);  // Error if another training holds it
  FolderLock(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_;
};

class Trainer {
 public:
  // Error if another training writes into settings.out, and Stopped if Ctrl-C came before.  With settings.resume it goes
  // on from last.safetensors there, bit by bit as if it had never stopped.
  Trainer(const TrainingSettings& settings, Job job);

  // Trains to the end and returns true, or false if a signal asked to stop.  Leaves config.toml, last.safetensors and, from
  // the epoch with the best validation (without validation the last one), best.safetensors.  What an earlier run left in the
  // folder stays as it is until the first gradient is there.
  bool run();

  // Of this process; 0 if it made no step.
  double samples_per_second() const { return progress_->answers_per_second() / double(job_.answers); }

  // A table of where the time of the steps went; nothing without settings.profile or a step.
  std::string profile() const { return profiler_ ? profiler_->table() : ""; }

 private:
  struct StepResult {
    double loss = 0, gradient_norm = 0, lr = 0;
    Index correct = 0, answers = 0;
  };

  void resume();
  void begin();
  Batch make_batch(const std::vector<Index>& order, Index batch, const Generator& of_epoch) const;
  StepResult differentiate(const Batch& batch);
  StepResult step(const Batch& batch);
  std::optional<Score> finish_epoch();
  MetricsRow metrics_row(const StepResult& result, const std::optional<Score>& validation) const;
  void save_last() const;
  void save_best() const;

  TrainingSettings settings_;
  FolderLock lock_;
  Job job_;
  nn::Optimizer optimizer_;
  Index batches_;  // in an epoch
  nn::Schedule schedule_;
  Place place_;
  std::optional<Progress> progress_;
  std::optional<Profiler> profiler_;
  std::optional<Metrics> metrics_;  // once the run has begun
};

}  // namespace latent::examples
