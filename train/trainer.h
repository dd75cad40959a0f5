// The training loop: epochs over shuffled samples, with metrics, checkpoints and a clean stop.  Several processes
// (communicator.h) share the samples of each batch; the first one writes the files.
#pragma once
#include <functional>

#include "train/checkpoint.h"
#include "train/folder_lock.h"
#include "train/loader.h"
#include "train/metrics.h"
#include "train/profiler.h"
#include "train/progress.h"
#include "train/settings.h"

namespace latent::train {

struct Score {
  double loss = 0;  // mean over the predictions
  Index correct = 0, predictions = 0;

  double accuracy() const { return double(correct) / double(predictions); }
};

struct BatchResult {
  Tensor loss;  // (), the mean over the samples, ready for backward()
  Index correct = 0;
};

// A training task: the data, the loss and the validation.
struct Task {
  Index samples = 0;                // to train on
  Index predictions = 1;            // per sample: one class, or the next character at every position
  std::string unit = "samples";     // name of the predictions in the progress line
  bool least_loss_is_best = false;  // the best epoch has the lowest validation loss; else the highest accuracy
  // Makes a batch of the samples with these numbers, or this process's part of it.  Several threads call it at once.
  // Random changes to a sample must depend only on `epoch` and the sample's number, so that the number of threads and
  // processes does not matter.
  std::function<Batch(const std::vector<Index>& samples, const Generator& epoch)> batch = {};
  // The loss of some samples of a batch, a shard.  Several threads call it at once.
  std::function<BatchResult(const Batch& shard)> forward = {};
  std::function<Score()> validate = {};    // on samples held out; empty where there are none
  std::function<void()> after_epoch = {};  // called once the metrics of the epoch are written; may be empty
  Metadata metadata = {};                  // for the checkpoints
  std::string config = {};                 // text for config.toml
};

// Generator of the initial weights.  The other random numbers of a training come from other streams of the same seed.
Generator weights_generator(std::uint64_t seed);

class Trainer {
 public:
  // `model` must outlive the trainer.  With settings.resume the training continues from the checkpoint last.safetensors
  // in settings.out, and ends with the same bits as a run that never stopped.  Error if a setting is out of its range
  // or another training writes into settings.out; Stopped after Ctrl-C.
  Trainer(const Settings& settings, const nn::Module& model, Task task);

  // Trains to the end and returns true, or stops on a signal and returns false.  Writes config.toml, last.safetensors
  // (a checkpoint) and best.safetensors (weights only).  The latter is the choice of early stopping: the epoch with the
  // best validation result; without validation the last epoch.  Files of an earlier run stay until the first gradient
  // is computed.
  bool run();

  // Of the steps that this process made; 0 if it made none.
  double samples_per_second() const { return progress_->predictions_per_second() / double(task_.predictions); }

  // The profiler's table; empty without settings.profile and before the first step.
  std::string profile() const { return profiler_ ? profiler_->table() : ""; }

 private:
  struct StepResult {
    double loss = 0, gradient_norm = 0, lr = 0;
    Index correct = 0, predictions = 0;
  };

  void check_processes() const;
  void resume();
  void begin();
  // The Batch holds the samples of this process; `size` counts the samples of the whole batch.
  Index size_of(Index batch) const;
  Batch make_batch(const std::vector<Index>& order, Index batch, const Generator& epoch) const;
  StepResult step(const Batch& batch, Index size);
  StepResult gradients(const Batch& batch, Index size);
  std::optional<Score> finish_epoch();
  MetricsRow metrics_row(const StepResult& result, const std::optional<Score>& validation) const;
  std::filesystem::path file(const char* name) const { return std::filesystem::path(settings_.out) / name; }
  void save_last() const;
  void save_best() const;

  Settings settings_;
  std::optional<FolderLock> lock_;  // of the process that writes
  const nn::Module& model_;
  Task task_;
  nn::Optimizer optimizer_;
  Index batches_;  // in an epoch
  nn::Schedule schedule_;
  TrainingState state_;
  std::optional<Progress> progress_;
  std::optional<Profiler> profiler_;
  bool begun_ = false;              // the run has made a gradient
  std::optional<Metrics> metrics_;  // of the process that writes, from then on
};

}  // namespace latent::train
