// A checkpoint: one file from which a training run continues.  It holds the weights under their own names, the
// optimiser's state under names that begin with "optimizer.", and in the metadata seed, step and best validation
// result.  All random numbers follow from seed and step, so no generator has to be saved.
#pragma once
#include <cmath>

#include "engine/safetensors.h"
#include "nn/init.h"
#include "nn/optimizer.h"

namespace latent::train {

using Metadata = std::map<std::string, std::string>;

struct TrainingState {
  std::uint64_t seed = 0;
  Index batches = 0;        // in an epoch
  Index shard_size = 0;     // 0: unknown, of an earlier version
  Index step = 0;           // steps made: epoch step / batches, batch step % batches
  double best = -INFINITY;  // best validation result so far: the accuracy, or the negative loss
};

// Without the optimiser's state: enough to use the model, not to continue the run.
void save_weights(const std::filesystem::path& file, const nn::Module& model, const TrainingState& state,
                  Metadata metadata);

void save_checkpoint(const std::filesystem::path& file, const nn::Module& model, const nn::Optimizer& optimizer,
                     const TrainingState& state, Metadata metadata);

struct Checkpoint {
  std::filesystem::path file;
  TrainingState state;
  nn::NamedTensors tensors;
};
Checkpoint read_checkpoint(const std::filesystem::path& file);

// Overwrites weights and optimiser state.  If the checkpoint belongs to another model or optimiser, changes nothing;
// the Error lists every missing, extra and different tensor.
void restore(const Checkpoint& checkpoint, const nn::Module& model, const nn::Optimizer& optimizer);

// The weights alone, from a checkpoint or any other safetensors file.
nn::NamedTensors weights_in(const TensorFile& file);

// Builds a model with the sizes in `config` and these weights; `blocks` counts the blocks with weights of their own.
// Sizes from a file may be wrong and huge.  So the model is first built without memory for its parameters, and their
// number is compared with the tensors; with more blocks than tensors nothing is built.
template <class Model, class Config>
Model model_with(const Config& config, Index blocks, const nn::NamedTensors& weights) {
  const char* const mismatch = "the weights do not fit the model";
  if (blocks > Index(weights.size()))
    fail("{}: {} blocks with weights of their own, but {} tensors", mismatch, blocks, weights.size());
  nn::Init no_memory{.shapes_only = true};
  const Model outline(config, no_memory);
  Index elements = 0;
  for (const auto& [name, tensor] : weights) elements += tensor.size();
  if (outline.parameter_count() != elements) nn::load_values(mismatch, outline.parameters(), weights);
  nn::Init init;
  const Model model(config, init);
  nn::load_values(mismatch, model.parameters(), weights);
  return model;
}

}  // namespace latent::train
