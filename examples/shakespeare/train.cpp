#include "examples/app/program.h"
#include "examples/shakespeare/commands.h"
#include "examples/shakespeare/writer.h"
#include "train/stop.h"

namespace latent::shakespeare {

int train(const Settings& settings) {
  examples::start(settings.training.threads, settings.training.seed);
  train::catch_stop_signals();
  const Text text = load_text(settings.data, settings.validation);
  fmt::print("{}: {} characters to train on, {} to validate, {} different ones\n",
             settings.data.empty() ? "28 sonnets" : settings.data, text.train_size,
             Index(text.tokens.size()) - text.train_size, text.vocabulary.size());
  const Run run = train_writer(settings, text);
  if (!run.ended) return examples::exit_stopped;
  if (settings.validation > 0)
    fmt::print("validation loss: {:.4f}\n", evaluate(run.model, text.tokens, text.train_size).loss);
  return 0;
}

}  // namespace latent::shakespeare
