#include "examples/app/classifier.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "examples/app/program.h"
#include "examples/app/utf8.h"
#include "nn/summary.h"

namespace latent::examples {
namespace {

template <class F> decltype(auto) with_model(const Classifier& classifier, F f) {
  return std::visit(f, classifier.model);
}

const models::InputConfig& input_of(const models::PerceiverConfig& config) { return config.input; }
const models::InputConfig& input_of(const models::PerceiverIoConfig& config) { return config.encoder.input; }
const models::InputConfig& input_of(const models::TransformerConfig& config) { return config.input; }
Index classes_of(const models::PerceiverConfig& config) { return config.classes; }
Index classes_of(const models::PerceiverIoConfig& config) { return config.encoder.classes; }
Index classes_of(const models::TransformerConfig& config) { return config.classes; }

Index blocks_of(const models::PerceiverConfig& config) {
  return config.distinct_cross_attends() + config.distinct_towers() * config.blocks;
}
Index blocks_of(const models::PerceiverIoConfig& config) { return blocks_of(config.encoder); }
Index blocks_of(const models::TransformerConfig& config) { return config.layers; }

// The config of the model: of a Perceiver IO that of the whole, not only of its encoder.
const auto& config_of(const auto& model) {
  if constexpr (requires { model.io_config; })
    return model.io_config;
  else
    return model.config;
}

void check_has_one_answer(const models::PerceiverIoConfig& config) {
  if (!config.output_grid.empty()) fail("one answer expected, found one for each place of {}", config.output_grid);
}
void check_has_one_answer(const auto&) {}

template <class Kind, class Config>
Model model_in(const Config& config, const nn::NamedTensors& weights, const CheckModel& check) {
  check_has_one_answer(config);
  check(input_of(config));
  models::check(config);
  return train::model_with<Kind>(config, blocks_of(config), weights);
}

Model model_in(const TensorFile& content, const CheckModel& check) {
  const nn::NamedTensors weights = train::weights_in(content);
  const train::Metadata& metadata = content.metadata;
  const auto is = [&](const char* kind) {
    return std::ranges::any_of(metadata, [&](const auto& entry) { return entry.first.starts_with(kind); });
  };
  if (is("perceiver_io.")) return model_in<models::PerceiverIo>(models::perceiver_io_config(metadata), weights, check);
  if (is("transformer.")) return model_in<models::Transformer>(models::transformer_config(metadata), weights, check);
  return model_in<models::Perceiver>(models::perceiver_config(metadata), weights, check);
}

Index classes_of(const Model& model) {
  return std::visit([](const auto& each) { return classes_of(config_of(each)); }, model);
}

using Words = std::vector<std::string>;

Words words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

Classifier with_names(Model model, std::vector<std::string> classes, train::Metadata about) {
  if (Index(classes.size()) != classes_of(model))
    fail("a model of {} classes, and {} names for them ({})", classes_of(model), classes.size(),
         fmt::join(classes, " "));
  for (const std::string& name : classes) {  // they are written side by side
    if (name.empty() || name.find_first_of(" \t\r\n,\"") != std::string::npos)
      fail("a class is called '{}', and a name without blanks, commas and quotes is needed", name);
    if (const std::size_t byte = find_not_utf8(name); byte != std::string::npos)
      fail("a class is called '{}', whose byte {} is not UTF-8", name, byte);
  }
  return {std::move(model), std::move(classes), std::move(about)};
}

}  // namespace

std::string Classifier::said(const std::string& key) const {
  const auto entry = about.find(key);
  if (entry == about.end()) fail("the model's file does not say '{}'", key);
  return entry->second;
}
const char* Classifier::name() const {
  constexpr const char* names[] = {"Perceiver", "Perceiver IO", "Transformer"};
  return names[model.index()];
}
Tensor Classifier::operator()(const Tensor& input) const {
  return with_model(*this, [&](const auto& model) { return model(input); });
}
const nn::Module& Classifier::module() const {
  return with_model(*this, [](const auto& model) -> const nn::Module& { return model; });
}
const models::InputConfig& Classifier::input() const {
  return with_model(*this, [](const auto& model) -> const models::InputConfig& { return model.tokens.config; });
}
Index Classifier::flops() const {
  return with_model(*this, [](const auto& model) { return model.flops(); });
}

std::string Classifier::summary() const {
  return with_model(*this, [](const auto& model) { return nn::summary(model); });
}
Tensors Classifier::scores(const Tensor& input) const {
  return with_model(*this, [&](const auto& model) {
    if constexpr (requires { model.scores(input); })
      return model.scores(input);
    else
      return Tensors();
  });
}

Classifier make_classifier(const ModelConfig& config, nn::Init& init, std::vector<std::string> classes,
                           train::Metadata about) {
  if (const auto* io = std::get_if<models::PerceiverIoConfig>(&config))
    return with_names(models::PerceiverIo(*io, init), std::move(classes), std::move(about));
  if (const auto* transformer = std::get_if<models::TransformerConfig>(&config))
    return with_names(models::Transformer(*transformer, init), std::move(classes), std::move(about));
  return with_names(models::Perceiver(std::get<models::PerceiverConfig>(config), init), std::move(classes),
                    std::move(about));
}

Classifier load_classifier(const std::filesystem::path& file, const std::string& program, const CheckModel& check) {
  if (!std::filesystem::exists(file))
    throw MissingFile(fmt::format("{}: no such file; `{} train` leaves best.safetensors in its --out folder",
                                  file.string(), program));
  const TensorFile content = load_tensors(file);
  try {
    for (const auto& [name, weights] : content.tensors)
      if (weights.dtype() != DType::i64 && !all_finite(weights)) fail("{} holds NaN or infinity", name);
    const train::Metadata& about = content.metadata;
    const auto classes = about.find("classes");
    return with_names(model_in(content, check), classes == about.end() ? Words() : words(classes->second), about);
  } catch (const Error& error) { fail("{}: {}", file.string(), error.what()); }
}

train::Metadata to_metadata(const Classifier& classifier) {
  train::Metadata metadata =
      with_model(classifier, [](const auto& model) { return models::to_metadata(config_of(model)); });
  metadata["classes"] = fmt::format("{}", fmt::join(classifier.classes, " "));
  metadata.insert(classifier.about.begin(), classifier.about.end());
  return metadata;
}

}  // namespace latent::examples
