// A model that names the class of its input, as one of a list; made, and read from its file.
#pragma once
#include "models/perceiver_io.h"
#include "models/transformer.h"
#include "train/checkpoint.h"

namespace latent::examples {

// The list.  A further model joins it here; its config needs what TransformerConfig has.
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
  train::Metadata metadata;          // what else its file says, such as the data that it was trained on

  Tensor operator()(const Tensor& input) const;              // (B, T, input channels) -> (B, classes)
  std::string metadata_value(const std::string& key) const;  // Error if it is not there
  const char* name() const;
  const nn::Module& module() const;
  const models::InputConfig& input() const;
  Index flops() const;
  Tensors scores(const Tensor& input) const;  // as PerceiverEncoder's, in the order of the input; none of a Transformer
};

// Error if there are not as many names as the model has classes.
Classifier make_classifier(const ModelConfig& config, nn::Init& init, std::vector<std::string> classes,
                           train::Metadata metadata);

// Error where a model with such an input is not for the data of this program.
using CheckModel = std::function<void(const models::InputConfig& input)>;

// Error if the file is of another kind, or its tensors are not those of the model that its metadata describe.
// MissingFile says that `program` makes it.
Classifier load_classifier(const std::filesystem::path& file, const std::string& program, const CheckModel& check);

// What load_classifier() finds in a file beside the weights.
train::Metadata to_metadata(const Classifier& classifier);

}  // namespace latent::examples
