// A trained model: read from its file, and tested.
#pragma once
#include "examples/common/trainer.h"
#include "examples/mnist/dataset.h"
#include "models/perceiver.h"

namespace latent::mnist {

struct Classifier {
  models::Perceiver model;
  Index patch;
  std::string data;  // what it was trained on: a folder, or empty for drawn digits
};

// Error if the file is of another kind, or its tensors are not those of the model that its metadata describe.
Classifier load_classifier(const std::filesystem::path& file);

// What load_classifier() finds in a checkpoint beside the weights.
examples::Metadata to_metadata(const models::PerceiverConfig& config, const std::string& data);

// On the images from `begin` to `end`, `batch_size` at a time.
examples::Score evaluate(const models::Perceiver& model, const Dataset& dataset, Index begin, Index end,
                         Index batch_size = 250);

std::string accuracy_line(const examples::Score& score);  // "test accuracy: 98.71 % (9871/10000)"

}  // namespace latent::mnist
