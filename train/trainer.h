// The training loop: epochs over shuffled samples, with metrics, checkpoints and a clean stop.
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
  Tensor loss;  // (), the mean over the batch, with its history
  Index correct = 0;
};

// What the loop has to know of the data and of the loss.
struct Task {
  Index samples = 0;                // to train on
  Index predictions = 1;            // for one sample: a class, or the next character at every position
  std::string unit = "samples";     // as which the progress counts predictions
  bool least_loss_is_best = false;  // of validation; else the highest accuracy
  // The samples of these numbers.  Called by several threads at once.  Random changes to a sample have to follow from
  // `epoch` and the sample's number, so that they do not depend on threads.
  std::function<Batch(const std::vector<Index>& samples, const Generator& epoch)> batch = {};
  std::function<BatchResult(const Batch& batch)> forward = {};
  std::function<Score()> validate = {};    // on samples held out; empty where there are none
  std::function<void()> after_epoch = {};  // when the metrics of the epoch are written; may be empty
  Metadata metadata = {};                  // for the checkpoints
  std::string config = {};                 // text for config.toml
};

// The random numbers of the initial weights; the other random numbers of a training come from other streams of the seed.
Generator weights_generator(std::uint64_t seed);

class Trainer {
 public:
  // Trains `model`, which has to outlive the trainer.  Error if a setting is out of its range or another training writes
  // into settings.out, and Stopped if Ctrl-C came before.  With settings.resume it continues last.safetensors there, with
  // the same bits as if it had never stopped.
  Trainer(const Settings& settings, const nn::Module& model, Task task);

  // Trains to the end and returns true, or false if a signal asked to stop.  Leaves config.toml, last.safetensors and, from
  // the epoch with the best validation (without validation the last one), best.safetensors.  What an earlier run left in the
  // folder stays as it is until the first gradient is there.
  bool run();

  // Of this process; 0 if it made no step.
  double samples_per_second() const { return progress_->predictions_per_second() / double(task_.predictions); }

  // A table of where the time of the steps went; empty without settings.profile or a step.
  std::string profile() const { return profiler_ ? profiler_->table() : ""; }

 private:
  struct StepResult {
    double loss = 0, gradient_norm = 0, lr = 0;
    Index correct = 0, predictions = 0;
  };

  void resume();
  void begin();
  Batch make_batch(const std::vector<Index>& order, Index batch, const Generator& epoch) const;
  StepResult step(const Batch& batch);
  StepResult gradients(const Batch& batch);
  std::optional<Score> finish_epoch();
  MetricsRow metrics_row(const StepResult& result, const std::optional<Score>& validation) const;
  std::filesystem::path file(const char* name) const { return std::filesystem::path(settings_.out) / name; }
  void save_last() const;
  void save_best() const;

  Settings settings_;
  FolderLock lock_;
  const nn::Module& model_;
  Task task_;
  nn::Optimizer optimizer_;
  Index batches_;  // in an epoch
  nn::Schedule schedule_;
  TrainingState state_;
  std::optional<Progress> progress_;
  std::optional<Profiler> profiler_;
  std::optional<Metrics> metrics_;  // once the run has begun
};

}  // namespace latent::train
