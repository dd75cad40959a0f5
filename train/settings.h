// Settings of a training run: how long, how fast, from which seed, and where the results go.
#pragma once
#include <string>

#include "engine/shape.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

namespace latent::train {

struct Settings {
  std::string out = "runs/latent";
  bool resume = false;          // continue the run in `out`
  bool quiet = false;           // print no progress
  bool detect_anomaly = false;  // look for NaN and infinity after each op
  bool graph = false;           // draw the graph of the first loss
  bool profile = false;         // measure where the time goes, op by op

  Index epochs = 10, batch_size = 64;
  Index limit_batches = 0;     // an epoch; 0: all
  Index checkpoint_every = 0;  // steps; 0: after each epoch
  std::uint64_t seed = 0;
  int threads = 0;  // 0: all that the process may use
  int workers = 1;  // threads that make batches ahead; 0: each is made when it is needed

  std::string optimizer = "adamw";  // or lamb, sgd
  std::string schedule =
      "one-cycle";  // of the learning rate; or cosine, step (a tenth after each third of the run), constant
  double momentum = 0.9, beta2 = 0.98;
  double lr = 1e-3;
  double warm_up = 0.1;  // share of all steps
  double weight_decay = 0;
  double clip = 0;  // largest norm of all gradients together; 0: any
  double label_smoothing = 0;
};

// How many of the samples a pass over them sees.
Index limited(Index samples, const Settings& settings);

// The settings, or an Error that names the first one out of its range and the range.
const Settings& checked(const Settings& settings);

nn::Optimizer make_optimizer(const Settings& settings, const nn::Module& model);
nn::Schedule make_schedule(const Settings& settings, Index steps);

}  // namespace latent::train
