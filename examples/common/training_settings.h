// What every training run can be told: how long, how fast, from which seed, and where to put the results.
#pragma once
#include <string>

#include "engine/shape.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

namespace CLI {
class App;
}

namespace latent::examples {

struct TrainingSettings {
  std::string out = "runs/latent";
  bool resume = false, detect_anomaly = false, graph = false, profile = false;

  Index epochs = 10, batch_size = 64;
  Index limit_batches = 0;     // an epoch; 0: all
  Index checkpoint_every = 0;  // steps; 0: after each epoch
  std::uint64_t seed = 0;
  int threads = 0;  // 0: all that the process may use
  int workers = 1;  // threads that make batches ahead; 0: each is made when it is needed

  std::string optimizer = "adamw", schedule = "one-cycle";
  double momentum = 0.9, beta2 = 0.98;
  double lr = 1e-3;
  double warm_up = 0.1;  // share of all steps
  double weight_decay = 0;
  double clip = 0;  // largest norm of all gradients together; 0: any
  double label_smoothing = 0;
};

void add_options(CLI::App& app, TrainingSettings& settings);
void add_resume(CLI::App& app, TrainingSettings& settings);           // of commands that make one run
void add_label_smoothing(CLI::App& app, TrainingSettings& settings);  // of those whose loss is cross-entropy

// How many of the samples a pass over them sees.
Index limited(Index samples, const TrainingSettings& settings);

nn::Optimizer make_optimizer(const TrainingSettings& settings, const nn::Module& model);
nn::Schedule make_schedule(const TrainingSettings& settings, Index steps);

}  // namespace latent::examples
