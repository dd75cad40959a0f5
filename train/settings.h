// Settings of a training run: how long, how fast, from which seed, and where the results go.
#pragma once
#include <cstdint>
#include <string>

#include "models/fields.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

namespace latent::train {

using models::Field;

enum class OptimizerKind { adamw, lamb, sgd };
constexpr auto names(OptimizerKind) { return std::array{"adamw", "lamb", "sgd"}; }

enum class ScheduleKind { one_cycle, cosine, step, constant };
constexpr auto names(ScheduleKind) { return std::array{"one_cycle", "cosine", "step", "constant"}; }

struct Settings {
  std::string out = "runs/latent";
  bool resume = false;          // continue the run in `out`
  bool quiet = false;           // print no progress
  bool detect_anomaly = false;  // look for NaN and infinity after each op
  bool graph = false;           // draw the graph of the first loss
  bool profile = false;         // measure where the time goes, op by op

  std::uint64_t seed = 0;
  int threads = 0;
  int workers = 1;
  Index checkpoint_every = 0;

  Index epochs = 10, batch_size = 64, shard_size = 8;
  Index limit_batches = 0;
  OptimizerKind optimizer = OptimizerKind::adamw;
  ScheduleKind schedule = ScheduleKind::one_cycle;
  double lr = 1e-3;
  double momentum = 0.9, beta2 = 0.98;
  double warm_up = 0.1;
  double weight_decay = 0;
  double clip = 0;
  double label_smoothing = 0;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    constexpr double many = 1e9;
    visit("out", c.out, Field{"Folder for checkpoints, metrics and config.toml"});
    visit("seed", c.seed, Field{"Seed of all random numbers"});
    visit("threads", c.threads, Field{"Number of threads; 0: all that the process may use", 0, 4096});
    visit("workers", c.workers,
          Field{"Additional threads that prepare batches; results do not depend on their number", 0, 256});
    visit("checkpoint_every", c.checkpoint_every,
          Field{"Steps between checkpoints; 0: after each epoch only", 0, many});
    visit("epochs", c.epochs, Field{"Passes over the training set", 1, many});
    visit("batch_size", c.batch_size, Field{"Samples in a step", 1, many});
    visit("shard_size", c.shard_size,
          Field{"Samples of a shard, whose gradients one thread computes; decides the order of sums", 1, many});
    visit("limit_batches", c.limit_batches,
          Field{"For a dry run: at most this many batches in an epoch or a test; 0: all", 0, many});
    visit("optimizer", c.optimizer, Field{"Update rule of the weights"});
    visit("schedule", c.schedule, Field{"Learning-rate schedule; step: divides by 10 after each third of the run"});
    visit("lr", c.lr, Field{"Peak learning rate", 0, 1e38});
    visit("momentum", c.momentum, Field{"Momentum of sgd", 0, 0.9999});
    visit("beta2", c.beta2, Field{"Decay rate of the mean of squared gradients in adamw and lamb", 0, 0.9999});
    visit("warm_up", c.warm_up, Field{"Warm-up: share of all steps in which the learning rate grows", 0, 0.9});
    visit("weight_decay", c.weight_decay, Field{"Weight decay, of matrices only", 0, 1e6});
    visit("clip", c.clip, Field{"Gradient clipping: largest norm of all gradients together; 0: off", 0, 1e6});
    visit("label_smoothing", c.label_smoothing,
          Field{"Label smoothing: share of the uniform distribution in each target", 0, 1});
  }
};

// Error naming the first setting out of its range.
void check(const Settings& settings);

// Number of samples in a pass, after --limit-batches.
Index limited(Index samples, const Settings& settings);

nn::Optimizer make_optimizer(const Settings& settings, const nn::Module& model);
nn::Schedule make_schedule(const Settings& settings, Index steps);

}  // namespace latent::train
