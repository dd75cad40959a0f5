#include <fstream>

#include "examples/common/program.h"
#include "examples/mnist/classifier.h"
#include "examples/mnist/commands.h"
#include "examples/mnist/tokens.h"
#include "nn/losses.h"

namespace latent::mnist {
namespace {

struct Data {
  Dataset train, test;
  Index training, validation, testing;  // images: the first and the last of `train`, and the first of `test`
};

Data load_data(const Settings& settings) {
  Data data{load_dataset(settings.data, Split::train), load_dataset(settings.data, Split::test), 0, 0, 0};
  const Index all = data.train.size();
  if (settings.validation >= all) fail("--validation {}: there are only {} training images", settings.validation, all);
  const Index batches = settings.training.limit_batches;
  const Index limit = batches > 0 ? batches * settings.training.batch_size : all + data.test.size();
  data.training = all - settings.validation;
  data.validation = std::min(settings.validation, limit);
  data.testing = std::min(data.test.size(), limit);
  return data;
}

examples::Job make_job(const Settings& settings, const Data& data, const models::Perceiver& model) {
  examples::Job job;
  job.model = model;
  job.samples = data.training;
  job.metadata = to_metadata(model.config, settings.data);
  job.forward = [&](const std::vector<Index>& samples, const Generator& of_epoch) -> examples::BatchResult {
    const Batch batch = make_batch(data.train, samples, settings.patch, settings.augmentation, of_epoch);
    const Tensor logits = model(batch.tokens);
    return {cross_entropy(logits, batch.labels, settings.training.label_smoothing), nn::correct(logits, batch.labels)};
  };
  if (data.validation > 0)
    job.validate = [&] { return evaluate(model, data.train, data.training, data.training + data.validation); };
  return job;
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream output(file, std::ios::binary);
  output << text << std::flush;
  if (!output) fail("{}: cannot be written", file.string());
}

}  // namespace

int train(const Settings& settings, const std::string& config) {
  const std::filesystem::path out = settings.training.out;
  const std::uint64_t seed = settings.training.seed;
  examples::start(settings.training.threads, seed);
  const Data data = load_data(settings);
  nn::Init init{.generator = examples::weights_generator(seed)};
  const models::Perceiver model(perceiver_config(settings), init);
  fmt::print("{}: {} images to train on, {} to validate, {} to test\n",
             settings.data.empty() ? "drawn digits" : settings.data, data.training, data.validation, data.testing);
  fmt::print("Perceiver: {} parameters, {:.1f} MFLOP an image\n", model.parameter_count(), model.flops() / 1e6);

  std::filesystem::create_directories(out);
  examples::Trainer trainer(settings.training, make_job(settings, data, model));
  write_text(out / "config.toml", config);
  examples::catch_stop_signals();
  if (!trainer.run()) return examples::exit_stopped;

  nn::load_parameters(model, examples::weights_in(load_tensors(out / "best.safetensors")));
  fmt::print("{}\n", accuracy_line(evaluate(model, data.test, 0, data.testing)));
  return 0;
}

}  // namespace latent::mnist
