// A model that reads digits: made, read from its file, and tested.
#pragma once
#include "examples/common/trainer.h"
#include "examples/mnist/dataset.h"
#include "models/perceiver_io.h"
#include "models/transformer.h"

namespace latent::mnist {

using Model = std::variant<models::Perceiver, models::PerceiverIo, models::Transformer>;
using ModelConfig = std::variant<models::PerceiverConfig, models::PerceiverIoConfig, models::TransformerConfig>;

struct Classifier {
  Model model;
  std::string data;  // what it was trained on: a folder, or empty for drawn digits

  Tensor operator()(const Tensor& tokens) const;  // (B, T, patch^2) -> (B, 10)
  const char* name() const;
  const nn::Module& module() const;
  const models::InputConfig& input() const;
  Index patch() const;  // each token is so many pixels wide and high
  Index flops() const;
};

Classifier make_classifier(const ModelConfig& config, nn::Init& init, const std::string& data);

// Error if the file is of another kind, or its tensors are not those of the model that its metadata describe.
Classifier load_classifier(const std::filesystem::path& file);

// What load_classifier() finds in a checkpoint beside the weights.
examples::Metadata to_metadata(const Classifier& classifier);

// On the images from `begin` to `end`, `batch_size` at a time.
examples::Score evaluate(const Classifier& classifier, const Dataset& dataset, Index begin, Index end,
                         Index batch_size = 250);

std::string accuracy_line(const examples::Score& score);  // "test accuracy: 98.71 % (9871/10000)"

}  // namespace latent::mnist
