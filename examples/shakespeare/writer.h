// A trained model with the characters that it knows: made, trained, and read from its file.
#pragma once
#include "examples/shakespeare/settings.h"
#include "examples/shakespeare/text.h"
#include "train/trainer.h"

namespace latent::shakespeare {

struct Writer {
  models::LanguageModel model;
  Vocabulary vocabulary;
};

// Error if the file is of another kind, or its tensors are not those of the model that its metadata describe.
Writer load_writer(const std::filesystem::path& file);

// What load_writer() finds in a checkpoint beside the weights.
train::Metadata to_metadata(const models::LanguageModelConfig& config, const Vocabulary& vocabulary);

// The mean loss, in nats per character, and how often the likeliest character is the right one, over the text from
// `begin` on, cut into pieces of the model's context; what is left at the end, shorter than one, is not counted.
train::Score evaluate(const models::LanguageModel& model, const std::vector<Index>& tokens, Index begin);

// Trains a model of settings.model, its vocabulary that of the text, into settings.training.out.
struct Run {
  models::LanguageModel model;
  bool ended;  // or stopped by a signal
};
Run train_writer(const Settings& settings, const Text& text);

}  // namespace latent::shakespeare
