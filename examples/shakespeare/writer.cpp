#include "examples/shakespeare/writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "examples/common/program.h"
#include "examples/common/report.h"
#include "examples/common/text_file.h"
#include "models/generate.h"
#include "nn/losses.h"
#include "nn/summary.h"

namespace latent::shakespeare {
namespace {

Writer writer_in(const TensorFile& content) {
  const auto characters = content.metadata.find("characters");
  if (characters == content.metadata.end()) fail("'characters' expected in its metadata");
  const Vocabulary vocabulary(characters->second);
  const models::LanguageModelConfig config = models::language_model_config(content.metadata);
  if (config.vocabulary != vocabulary.size())
    fail("a vocabulary of {} and {} characters", config.vocabulary, vocabulary.size());
  models::check(config);
  return {examples::model_with<models::LanguageModel>(config, config.layers, examples::weights_in(content)),
          vocabulary};
}

}  // namespace

Writer load_writer(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw examples::MissingFile(fmt::format(
        "{}: no such file; `shakespeare train` leaves best.safetensors in its --out folder", file.string()));
  const TensorFile content = load_tensors(file);
  try {
    return writer_in(content);
  } catch (const Error& error) { fail("{}: {}", file.string(), error.what()); }
}

examples::Metadata to_metadata(const models::LanguageModelConfig& config, const Vocabulary& vocabulary) {
  examples::Metadata metadata = models::to_metadata(config);
  metadata["characters"] = vocabulary.characters();
  return metadata;
}

examples::Score evaluate(const models::LanguageModel& model, const std::vector<Index>& tokens, Index begin) {
  const NoGrad off;
  const Index length = std::min(model.config.context, Index(tokens.size()) - begin - 1);
  const Index pieces = length > 0 ? (Index(tokens.size()) - begin - 1) / length : 0;
  if (pieces == 0) fail("evaluate: {} characters, and at least 2 are needed", Index(tokens.size()) - begin);
  const Index at_once = std::max<Index>(1, 2048 / length);
  examples::Score score{.answers = pieces * length};
  for (Index first = 0; first < pieces; first += at_once) {
    std::vector<Index> begins;
    for (Index i = first; i < std::min(pieces, first + at_once); ++i) begins.push_back(begin + i * length);
    const examples::Batch batch = make_batch(tokens, begins, length);
    const Tensor logits = model(batch.input);
    score.loss += cross_entropy(logits, batch.target).item() * double(batch.target.size()) / double(score.answers);
    score.correct += nn::correct(logits, batch.target);
  }
  return score;
}

// What it makes of the first characters of the text, for the page of the run.
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
  const Index context = settings.model.context, starts = text.training - context;
  if (starts < 1) fail("--context {}: there are only {} characters to train on", context, text.training);
  if (const Index held_out = Index(text.tokens.size()) - text.training; settings.validation > 0 && held_out < 2)
    fail("--validation {}: {} characters are held out, and at least 2 are needed", settings.validation, held_out);
  models::LanguageModelConfig sizes = settings.model;
  sizes.vocabulary = text.vocabulary.size();
  nn::Init init{.generator = examples::weights_generator(settings.training.seed)};
  const models::LanguageModel model(sizes, init);

  examples::Job job;
  job.model = model;
  job.samples = settings.epoch_steps * settings.training.batch_size;
  job.answers = context;
  job.unit = "characters";
  job.least_loss_is_best = true;
  job.metadata = to_metadata(sizes, text.vocabulary);
  job.config = config_text(settings);
  job.batch = [&](const std::vector<Index>& samples, const Generator& of_epoch) {
    std::vector<Index> begins;  // a sample is a piece of the text from anywhere
    for (const Index sample : samples) begins.push_back(of_epoch.split(std::uint64_t(sample)).below(starts));
    return make_batch(text.tokens, begins, context);
  };
  job.forward = [&](const examples::Batch& batch) -> examples::BatchResult {
    const Tensor logits = model(batch.input);
    return {cross_entropy(logits, batch.target, settings.training.label_smoothing), nn::correct(logits, batch.target)};
  };
  if (settings.validation > 0) job.validate = [&] { return evaluate(model, text.tokens, text.training); };

  const std::filesystem::path out = settings.training.out;
  examples::Json result = examples::sizes("Transformer", model, model.flops(context)), content = result;
  content.update({{"title", "A language model"},
                  {"unit", fmt::format("{} characters", context)},
                  {"epochs", settings.training.epochs},
                  {"summary", nn::summary_table(model.parameters(), model.flops(context))},
                  {"config", job.config}});
  const auto report = [&](bool ended) {
    content["ended"] = ended;
    content["writes"] = some_text(model, text);
    examples::write_report(out, content);
  };
  job.report = [&] { report(false); };
  examples::Trainer trainer(settings.training, job);
  const bool ended = trainer.run();
  if (ended) {
    nn::load_parameters(model, examples::weights_in(load_tensors(out / "best.safetensors")));
    result["resumed"] = settings.training.resume;
    examples::write_text(out / "result.json", result.dump(2) + "\n");
    report(true);
  }
  return {model, ended, trainer.profile()};
}

}  // namespace latent::shakespeare
