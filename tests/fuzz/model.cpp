// Models and checkpoints from files: the metadata say which model it is, and all sizes. An input is the header of a
// safetensors file, a zero byte, and the values.
#include <cstring>

#include "examples/app/classifier.h"
#include "examples/shakespeare/writer.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {
namespace {

using Metadata = std::map<std::string, std::string>;

// What fails with an Error failed rightly.
void attempt(const auto& f) try { f(); } catch (const Error&) {
}

std::string file_in(std::string_view input) {
  const auto in = parts(input, 2);
  const std::uint64_t length = in[0].size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file.append(in[0]).append(in[1]);
}

// A model that was loaded answers.
void ask(const examples::Classifier& classifier) {
  const models::InputConfig& input = classifier.input();
  if (classifier.flops() > 100'000) return;
  bool answered = false;
  try {
    const NoGrad off;
    answered = classifier(zeros({1, input.tokens(), input.channels_in()})).size(1) == Index(classifier.classes.size());
  } catch (const Error& error) { fmt::print(stderr, "{}\n", error.what()); }
  expect(answered, "a model that was loaded answers");
}

// The least strict of the programs' checks.
void check_input(const models::InputConfig& input) {
  if (input.grid.rank() > 2 || input.tokens() > 480'000) fail("an input of {}", input.grid);
}

std::string seed_of(const nn::Module& model, Metadata metadata) {
  const std::filesystem::path file = folder() / "seed";
  train::save_weights(file, model, {.seed = 1, .batches = 2, .step = 3, .best = 0.5}, std::move(metadata));
  std::string content = content_of(file);
  std::uint64_t length = 0;
  std::memcpy(&length, content.data(), 8);
  return content.substr(8, length) + '\0' + content.substr(8 + length);
}

}  // namespace

void read(std::string_view input) {
  const std::filesystem::path file = file_of(file_in(input));
  attempt([&] { ask(examples::load_classifier(file, "fuzz", check_input)); });
  attempt([&] { shakespeare::load_writer(file); });
  attempt([&] { train::read_checkpoint(file); });
}

std::vector<std::string> seeds() {
  nn::Init init;
  models::PerceiverConfig small{.latents = 1, .channels = 2, .cross_attends = 1, .blocks = 1, .heads = 1, .classes = 2};
  small.input.grid = {2}, small.input.input_channels = 1, small.input.bands = 1;
  models::TransformerConfig layers{
      .input = small.input, .layers = 1, .channels = 2, .heads = 1, .widening = 1, .classes = 2};
  const models::LanguageModelConfig language{
      .vocabulary = 2, .context = 2, .layers = 1, .channels = 2, .heads = 1, .widening = 1};
  models::PerceiverConfig learned = small;
  learned.input.positions = models::Positions::learned, learned.input.permutation = 1;
  std::vector<std::string> all;
  for (const examples::ModelConfig& config :
       {examples::ModelConfig(small), examples::ModelConfig(learned),
        examples::ModelConfig(models::PerceiverIoConfig{.encoder = small}), examples::ModelConfig(layers)}) {
    const examples::Classifier classifier = examples::make_classifier(config, init, {"a", "b"}, {});
    all.push_back(seed_of(classifier.module(), examples::to_metadata(classifier)));
  }
  all.push_back(seed_of(models::LanguageModel(language, init),
                        shakespeare::to_metadata(language, shakespeare::Vocabulary("ab"))));
  return all;
}

}  // namespace latent::fuzz
