#include "train/checkpoint.h"

#include "models/number.h"

namespace latent::train {
namespace {

const std::string prefix = "optimizer.";

template <class T> T number(const std::filesystem::path& file, const Metadata& metadata, const std::string& key) {
  const auto entry = metadata.find(key);
  if (entry == metadata.end()) fail("{}: not a checkpoint: '{}' expected in its metadata", file.string(), key);
  if (const auto value = to_number<T>(entry->second)) return *value;
  fail("{}: metadata '{}': a number expected, found '{}'", file.string(), key, entry->second);
}

TensorFile content_of(const nn::Module& model, const TrainingState& state, Metadata metadata) {
  metadata["seed"] = fmt::format("{}", state.seed);
  metadata["batches"] = fmt::format("{}", state.batches);
  metadata["shard_size"] = fmt::format("{}", state.shard_size);
  metadata["step"] = fmt::format("{}", state.step);
  metadata["best"] = fmt::format("{}", state.best);
  return {nn::named_tensors(model), std::move(metadata)};
}

}  // namespace

nn::NamedTensors weights_in(const TensorFile& file) {
  nn::NamedTensors weights = file.tensors;
  std::erase_if(weights, [](const auto& entry) { return entry.first.starts_with(prefix); });
  return weights;
}

void save_weights(const std::filesystem::path& file, const nn::Module& model, const TrainingState& state,
                  Metadata metadata) {
  save_tensors(file, content_of(model, state, std::move(metadata)));
}

void save_checkpoint(const std::filesystem::path& file, const nn::Module& model, const nn::Optimizer& optimizer,
                     const TrainingState& state, Metadata metadata) {
  TensorFile content = content_of(model, state, std::move(metadata));
  for (const auto& [name, tensor] : optimizer.state()) content.tensors[prefix + name] = tensor;
  save_tensors(file, content);
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  TensorFile content = load_tensors(file);
  content.metadata.try_emplace("shard_size", "0");
  const TrainingState state{.seed = number<std::uint64_t>(file, content.metadata, "seed"),
                            .batches = number<Index>(file, content.metadata, "batches"),
                            .shard_size = number<Index>(file, content.metadata, "shard_size"),
                            .step = number<Index>(file, content.metadata, "step"),
                            .best = number<double>(file, content.metadata, "best")};
  return {file, state, std::move(content.tensors)};
}

void restore(const Checkpoint& checkpoint, const nn::Module& model, const nn::Optimizer& optimizer) {
  nn::Parameters targets = model.parameters();
  for (const auto& [name, tensor] : optimizer.state()) targets.push_back({prefix + name, tensor});
  nn::load_values(checkpoint.file.string() + ": the checkpoint does not fit model and optimiser", targets,
                  checkpoint.tensors);
}

}  // namespace latent::train
