// A language model with its vocabulary: trained, tested, and read from its file.
#pragma once
#include "examples/shakespeare/settings.h"
#include "examples/shakespeare/text.h"
#include "train/trainer.h"

namespace latent::shakespeare {

struct Writer {
  models::LanguageModel model;
  Vocabulary vocabulary;
};

// Error if the file holds another kind of model, or its tensors do not fit the model that its metadata describe.
Writer load_writer(const std::filesystem::path& file);

// The metadata from which load_writer() builds the model.
train::Metadata to_metadata(const models::LanguageModelConfig& config, const Vocabulary& vocabulary);

// Mean loss, in nats per character, and number of correct predictions over the text from `begin` on, cut into pieces of
// the model's context.  A shorter piece at the end is not counted.
train::Score evaluate(const models::LanguageModel& model, const std::vector<Index>& tokens, Index begin);

// Trains a model with the sizes of settings.model and the vocabulary of the text; writes into settings.training.out.
struct Run {
  models::LanguageModel model;
  bool ended;  // false: stopped by a signal
};
Run train_writer(const Settings& settings, const Text& text);

}  // namespace latent::shakespeare
