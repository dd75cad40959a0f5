#include "examples/mnist/classifier.h"

#include <algorithm>

#include "examples/common/program.h"
#include "examples/mnist/tokens.h"
#include "nn/losses.h"

namespace latent::mnist {
namespace {

void check_is_for_digits(const models::PerceiverConfig& config) {
  const Index patch = config.input.grid.empty() || config.input.grid[0] < 1 ? side : side / config.input.grid[0];
  if (config.input.grid != Shape{side / patch, side / patch} || config.input.input_channels != patch * patch ||
      config.input.own_axes != 0 || config.classes != classes)
    fail("a model of {} x {} pixels and {} classes expected, found {} inputs of {} channels and {} classes", side, side,
         classes, config.input.grid, config.input.input_channels, config.classes);
}

// A model of thousands of blocks takes long to build, if only to see that it does not fit.
void check_blocks(const models::PerceiverConfig& config, Index tensors) {
  models::check(config);
  const Index parts = config.distinct_cross_attends() + config.distinct_towers() * config.blocks;
  if (parts > tensors)
    fail("the weights do not fit the model: {} blocks with weights of their own, but {} tensors", parts, tensors);
}

Classifier classifier_in(const TensorFile& content) {
  const nn::NamedTensors weights = examples::weights_in(content);
  const models::PerceiverConfig config = models::perceiver_config(content.metadata);
  check_is_for_digits(config);
  check_blocks(config, static_cast<Index>(weights.size()));
  const auto model = examples::model_with<models::Perceiver>(config, weights);
  const auto data = content.metadata.find("data");
  return {model, side / config.input.grid[0], data == content.metadata.end() ? "" : data->second};
}

}  // namespace

Classifier load_classifier(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw examples::MissingFile(
        fmt::format("{}: no such file; `mnist train` leaves best.safetensors in its --out folder", file.string()));
  const TensorFile content = load_tensors(file);
  try {
    return classifier_in(content);
  } catch (const Error& error) { fail("{}: {}", file.string(), error.what()); }
}

examples::Metadata to_metadata(const models::PerceiverConfig& config, const std::string& data) {
  examples::Metadata metadata = models::to_metadata(config);
  metadata["data"] = data;
  return metadata;
}

examples::Score evaluate(const models::Perceiver& model, const Dataset& dataset, Index begin, Index end,
                         Index batch_size) {
  const NoGrad off;
  const Index patch = side / model.config.input.grid[0];
  examples::Score score{.answers = end - begin};
  for (Index first = begin; first < end; first += batch_size) {
    std::vector<Index> samples;
    for (Index i = first; i < std::min(end, first + batch_size); ++i) samples.push_back(i);
    const Batch batch = make_batch(dataset, samples, patch);
    const Tensor logits = model(batch.tokens);
    score.loss += cross_entropy(logits, batch.labels).item() * samples.size() / score.answers;
    score.correct += nn::correct(logits, batch.labels);
  }
  return score;
}

std::string accuracy_line(const examples::Score& score) {
  return fmt::format("test accuracy: {:.2f} % ({}/{})", 100 * score.accuracy(), score.correct, score.answers);
}

}  // namespace latent::mnist
