#include <algorithm>

#include "engine/profile.h"
#include "examples/common/program.h"
#include "examples/mnist/classifier.h"
#include "examples/mnist/commands.h"
#include "examples/mnist/tokens.h"
#include "nn/losses.h"

namespace latent::mnist {
namespace {

examples::Job make_job(const Settings& settings, const Data& data, const Classifier& classifier) {
  examples::Job job;
  job.model = classifier.module();
  job.samples = data.training;
  job.metadata = to_metadata(classifier);
  job.forward = [&](const std::vector<Index>& samples, const Generator& of_epoch) -> examples::BatchResult {
    const Batch batch = make_batch(data.train, samples, settings.patch, settings.augmentation, of_epoch);
    profile_mark("data");
    const Tensor logits = classifier(batch.tokens);
    return {cross_entropy(logits, batch.labels, settings.training.label_smoothing), nn::correct(logits, batch.labels)};
  };
  if (settings.validation > 0)
    job.validate = [&, end = data.training + limited(settings.validation, settings.training)] {
      return evaluate(classifier, data.train, data.training, end);
    };
  return job;
}

}  // namespace

int train(const Settings& settings, const std::string& config) {
  const std::filesystem::path out = settings.training.out;
  const std::uint64_t seed = settings.training.seed;
  examples::start(settings.training.threads, seed);
  examples::catch_stop_signals();
  const Data data = load_data(settings);
  nn::Init init{.generator = examples::weights_generator(seed)};
  const Classifier classifier = make_classifier(model_config(settings), init, settings.data);
  fmt::print("{}: {} images to train on, {} to validate, {} to test\n",
             settings.data.empty() ? "drawn digits" : settings.data, data.training, settings.validation,
             data.test.size());
  fmt::print("{}: {} parameters, {:.1f} MFLOP an image\n", classifier.name(), classifier.module().parameter_count(),
             classifier.flops() / 1e6);

  std::filesystem::create_directories(out);
  examples::Trainer trainer(settings.training, make_job(settings, data, classifier));
  examples::write_text(out / "config.toml", config);
  const bool ended = trainer.run();
  fmt::print("{}", trainer.profile());
  if (!ended) return examples::exit_stopped;

  nn::load_parameters(classifier.module(), examples::weights_in(load_tensors(out / "best.safetensors")));
  fmt::print("{}\n", accuracy_line(evaluate(classifier, data.test, 0, limited(data.test.size(), settings.training))));
  return 0;
}

}  // namespace latent::mnist
