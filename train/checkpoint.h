// A training run in one file: weights under their own names, the optimiser's state under "optimizer.", and in the
// metadata where the run stands.  All random numbers follow from seed and step, so these are the random state as well.
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
  Index step = 0;           // steps made: epoch step / batches, batch step % batches
  double best = -INFINITY;  // validation so far: the accuracy, or minus the loss
};

// Of the weights alone.
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

// Overwrites weights and state; Error naming all that is missing, extra or different if the checkpoint is of another
// model or optimiser, and then nothing is changed.
void restore(const Checkpoint& checkpoint, const nn::Module& model, const nn::Optimizer& optimizer);

// The weights alone, from a checkpoint or any other safetensors file.
nn::NamedTensors weights_in(const TensorFile& file);

// A model of these sizes, with `blocks` that have weights of their own, and with these weights.  Sizes that come from a
// file are only believed if its tensors bear them out: to see that, the model is first built without memory for its
// parameters, and not at all where it has more blocks than the file tensors.
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
