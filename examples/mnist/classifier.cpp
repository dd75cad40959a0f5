#include "examples/mnist/classifier.h"

#include <algorithm>

#include "examples/common/program.h"
#include "examples/mnist/tokens.h"
#include "nn/losses.h"

namespace latent::mnist {
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

bool has_one_answer(const models::PerceiverIoConfig& config) { return config.output_grid.empty(); }
bool has_one_answer(const auto&) { return true; }

template <class Config> void check_is_for_digits(const Config& config) {
  const models::InputConfig& input = input_of(config);
  const Index first = input.grid.empty() ? 1 : std::clamp<Index>(input.grid[0], 1, side), patch = side / first;
  if (!has_one_answer(config) || input.grid != Shape{side / patch, side / patch} ||
      input.input_channels != patch * patch || input.own_axes != 0 || classes_of(config) != classes)
    fail(
        "a model of {} x {} pixels and one answer of {} classes expected, found {} inputs of {} channels and {} "
        "classes",
        side, side, classes, input.grid, input.input_channels, classes_of(config));
}

Index blocks_of(const models::PerceiverConfig& config) {
  return config.distinct_cross_attends() + config.distinct_towers() * config.blocks;
}
Index blocks_of(const models::PerceiverIoConfig& config) { return blocks_of(config.encoder); }
Index blocks_of(const models::TransformerConfig& config) { return config.layers; }

template <class Kind, class Config> Model model_in(const Config& config, const nn::NamedTensors& weights) {
  check_is_for_digits(config);
  models::check(config);
  return examples::model_with<Kind>(config, blocks_of(config), weights);
}

Classifier classifier_in(const TensorFile& content) {
  const nn::NamedTensors weights = examples::weights_in(content);
  const examples::Metadata& metadata = content.metadata;
  const auto data = metadata.find("data");
  const auto of_kind = [&](const char* kind) {
    return std::ranges::any_of(metadata, [&](const auto& entry) { return entry.first.starts_with(kind); });
  };
  Model model = of_kind("perceiver_io.") ? model_in<models::PerceiverIo>(models::perceiver_io_config(metadata), weights)
                : of_kind("transformer.") ? model_in<models::Transformer>(models::transformer_config(metadata), weights)
                                          : model_in<models::Perceiver>(models::perceiver_config(metadata), weights);
  return {std::move(model), data == metadata.end() ? "" : data->second};
}

}  // namespace

const char* Classifier::name() const {
  constexpr const char* names[] = {"Perceiver", "Perceiver IO", "Transformer"};
  return names[model.index()];
}
Tensor Classifier::operator()(const Tensor& tokens) const {
  return with_model(*this, [&](const auto& model) { return model(tokens); });
}
const nn::Module& Classifier::module() const {
  return with_model(*this, [](const auto& model) -> const nn::Module& { return model; });
}
const models::InputConfig& Classifier::input() const {
  return with_model(*this, [](const auto& model) -> const models::InputConfig& { return model.tokens.config; });
}
Index Classifier::patch() const { return side / input().grid[0]; }
Index Classifier::flops() const {
  return with_model(*this, [](const auto& model) { return model.flops(); });
}

Classifier make_classifier(const ModelConfig& config, nn::Init& init, const std::string& data) {
  if (const auto* io = std::get_if<models::PerceiverIoConfig>(&config)) return {models::PerceiverIo(*io, init), data};
  if (const auto* transformer = std::get_if<models::TransformerConfig>(&config))
    return {models::Transformer(*transformer, init), data};
  return {models::Perceiver(std::get<models::PerceiverConfig>(config), init), data};
}

Classifier load_classifier(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw examples::MissingFile(
        fmt::format("{}: no such file; `mnist train` leaves best.safetensors in its --out folder", file.string()));
  const TensorFile content = load_tensors(file);
  try {
    return classifier_in(content);
  } catch (const Error& error) { fail("{}: {}", file.string(), error.what()); }
}

examples::Metadata to_metadata(const Classifier& classifier) {
  examples::Metadata metadata = with_model(classifier, [](const auto& model) {
    if constexpr (requires { model.io_config; })
      return models::to_metadata(model.io_config);
    else
      return models::to_metadata(model.config);
  });
  metadata["data"] = classifier.data;
  return metadata;
}

examples::Score evaluate(const Classifier& classifier, const Dataset& dataset, Index begin, Index end,
                         Index batch_size) {
  const NoGrad off;
  examples::Score score{.answers = end - begin};
  for (Index first = begin; first < end; first += batch_size) {
    std::vector<Index> samples;
    for (Index i = first; i < std::min(end, first + batch_size); ++i) samples.push_back(i);
    const Batch batch = make_batch(dataset, samples, classifier.patch());
    const Tensor logits = classifier(batch.tokens);
    score.loss += cross_entropy(logits, batch.labels).item() * samples.size() / score.answers;
    score.correct += nn::correct(logits, batch.labels);
  }
  return score;
}

std::string accuracy_line(const examples::Score& score) {
  return fmt::format("test accuracy: {:.2f} % ({}/{})", 100 * score.accuracy(), score.correct, score.answers);
}

}  // namespace latent::mnist
