// A training run in one file: weights under their own names, the optimiser's state under "optimizer.", and in the
// metadata where the run stands.  All random numbers follow from seed and step, so these are the random state as well.
#pragma once
#include <cmath>

#include "engine/safetensors.h"
#include "nn/optimizer.h"

namespace latent::examples {

using Metadata = std::map<std::string, std::string>;

struct Place {
  std::uint64_t seed = 0;
  Index batches = 0;        // in an epoch
  Index step = 0;           // steps made: epoch step / batches, batch step % batches
  double best = -INFINITY;  // validation so far: the accuracy, or minus the loss
};

void save_checkpoint(const std::filesystem::path& file, const nn::Module& model, const nn::Optimizer& optimizer,
                     const Place& place, Metadata metadata);

struct Checkpoint {
  std::filesystem::path file;
  Place place;
  nn::NamedTensors tensors;
};
Checkpoint read_checkpoint(const std::filesystem::path& file);

// Overwrites weights and state; Error naming all that is missing, extra or different if the checkpoint is of another
// model or optimiser, and then nothing is changed.
void restore(const Checkpoint& checkpoint, const nn::Module& model, const nn::Optimizer& optimizer);

// The weights alone, from a checkpoint or any other safetensors file.
nn::NamedTensors weights_in(const TensorFile& file);

}  // namespace latent::examples
