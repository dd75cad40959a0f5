#include "examples/shakespeare/writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "examples/app/program.h"
#include "examples/report/run.h"
#include "models/generate.h"
#include "nn/losses.h"
#include "train/shards.h"

namespace latent::shakespeare {
namespace {

Writer writer_in(const TensorFile& content) {
  const auto characters = content.metadata.find("characters");
  if (characters == content.metadata.end()) fail("'characters' expected in its metadata");
  const Vocabulary vocabulary(characters->second);
  const models::LanguageModelConfig config = models::from_metadata<models::LanguageModelConfig>(content.metadata);
  if (config.vocabulary != vocabulary.size())
    fail("the vocabulary has {} entries, but 'characters' lists {}", config.vocabulary, vocabulary.size());
  models::check(config);
  return {train::model_with<models::LanguageModel>(config, config.layers, train::weights_in(content)), vocabulary};
}

}  // namespace

Writer load_writer(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw MissingFile(fmt::format("{}: no such file; `shakespeare train` leaves best.safetensors in its --out folder",
                                  file.string()));
  const TensorFile content = load_tensors(file);
  try {
    return writer_in(content);
  } catch (const Error& error) { fail("{}: {}", file.string(), error.what()); }
}

train::Metadata to_metadata(const models::LanguageModelConfig& config, const Vocabulary& vocabulary) {
  train::Metadata metadata = models::to_metadata(config);
  metadata["characters"] = vocabulary.characters();
  return metadata;
}

train::Score evaluate(const models::LanguageModel& model, const std::vector<Index>& tokens, Index begin) {
  const NoGrad off;
  const Index length = std::min(model.config.context, Index(tokens.size()) - begin - 1);
  const Index pieces = length > 0 ? (Index(tokens.size()) - begin - 1) / length : 0;
  if (pieces == 0) fail("evaluate: {} characters, and at least 2 are needed", Index(tokens.size()) - begin);
  const Index at_once = std::max<Index>(1, 2048 / length);
  train::Score score{.predictions = pieces * length};
  for (Index first = 0; first < pieces; first += at_once) {
    std::vector<Index> begins;
    for (Index i = first; i < std::min(pieces, first + at_once); ++i) begins.push_back(begin + i * length);
    const train::Batch batch = make_batch(tokens, begins, length);
    const Tensor logits = train::map_shards(batch.input, std::cref(model));
    score.loss += cross_entropy(logits, batch.target).item() * double(batch.target.size()) / double(score.predictions);
    score.correct += nn::correct(logits, batch.target);
  }
  return score;
}

// The model's continuation of the first characters of the text, for the page of the run.
static std::string some_text(const models::LanguageModel& model, const Text& text) {
  constexpr Index known = 16, written = 400;
  Generator generator(0);
  const auto begin = text.tokens.begin();
  std::vector<Index> tokens(begin, begin + std::min({known, model.config.context, Index(text.tokens.size())}));
  const std::size_t length = tokens.size() + written;
  models::generate(model, tokens, {.sampling = {.temperature = 0.8}}, generator, [&](Index token) {
    tokens.push_back(token);
    return tokens.size() < length;
  });
  std::string characters;
  for (const Index token : tokens) characters += text.vocabulary.decode(token);
  return characters;
}

Run train_writer(const Settings& settings, const Text& text) {
  const Index context = settings.model.context, starts = text.train_size - context;
  if (starts < 1) fail("--context {}: there are only {} characters to train on", context, text.train_size);
  if (const Index held_out = Index(text.tokens.size()) - text.train_size; settings.validation > 0 && held_out < 2)
    fail("--validation {}: {} characters are held out, and at least 2 are needed", settings.validation, held_out);
  models::LanguageModelConfig sizes = settings.model;
  sizes.vocabulary = text.vocabulary.size();
  nn::Init init{.generator = train::weights_generator(settings.training.seed)};
  const models::LanguageModel model(sizes, init);

  train::Task task{.samples = settings.epoch_steps * settings.training.batch_size,
                   .predictions = context,
                   .unit = "characters",
                   .least_loss_is_best = true,
                   .metadata = to_metadata(sizes, text.vocabulary),
                   .config = config_text(settings)};
  task.batch = [&](const std::vector<Index>& samples, const Generator& epoch) {
    std::vector<Index> begins;  // a sample is a random piece of the text
    for (const Index sample : samples) begins.push_back(epoch.fold_in(std::uint64_t(sample)).below(starts));
    return make_batch(text.tokens, begins, context);
  };
  task.forward = [&](const train::Batch& batch) -> train::BatchResult {
    const Tensor logits = model(batch.input);
    return {cross_entropy(logits, batch.target, settings.training.label_smoothing), nn::correct(logits, batch.target)};
  };
  if (settings.validation > 0) task.validate = [&] { return evaluate(model, text.tokens, text.train_size); };

  const bool ended = examples::train_and_test(
      settings.training, model, task,
      {.model = "Transformer",
       .flops = model.flops(context),
       .page = {{"title", "A language model"}, {"unit", fmt::format("{} characters", context)}},
       .show = [&](examples::Json& page) { page["writes"] = some_text(model, text); }});
  return {model, ended};
}

}  // namespace latent::shakespeare
