// A classifier: a model of one of several kinds, with the names of its classes; created, or read from a file.
#pragma once
#include "models/perceiver_io.h"
#include "models/transformer.h"
#include "train/checkpoint.h"

namespace latent::examples {

// The kinds of model.  To add one, list it here; docs/extend.md shows what the model and its config need.
using Model = std::variant<models::Perceiver, models::PerceiverIo, models::Transformer>;

template <class Models> struct ConfigsOf;
template <class... M> struct ConfigsOf<std::variant<M...>> { using type = std::variant<typename M::Config...>; };
using ModelConfig = ConfigsOf<Model>::type;

std::vector<std::string> model_kinds();  // Config::kind of each

// Error if there is no such kind of model.
ModelConfig model_config(const std::string& kind, const models::PerceiverConfig& sizes);

struct Classifier {
  Model model;
  std::vector<std::string> classes;  // their names
  train::Metadata metadata;          // further entries of its file, such as the data set of its training

  Tensor operator()(const Tensor& input) const;              // (B, T, input channels) -> (B, classes)
  std::string metadata_value(const std::string& key) const;  // Error if it is not there
  const char* name() const;
  const nn::Module& module() const;
  const models::InputConfig& input() const;
  Index flops() const;
  Tensors scores(const Tensor& input) const;  // as in PerceiverEncoder, in the order of the input; empty: Transformer
};

// Error unless the model has one name for each class.
Classifier make_classifier(const ModelConfig& config, nn::Init& init, std::vector<std::string> classes,
                           train::Metadata metadata);

// Error if a model with this input cannot read the data of the program.
using CheckModel = std::function<void(const models::InputConfig& input)>;

// Error if the file holds another kind of model, or its tensors do not fit the model that its metadata describe.
// MissingFile if it does not exist; the message names `program` as its source.
Classifier load_classifier(const std::filesystem::path& file, const std::string& program, const CheckModel& check);

// The metadata from which load_classifier() builds the model.
train::Metadata to_metadata(const Classifier& classifier);

}  // namespace latent::examples
