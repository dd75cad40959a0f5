#include "models/generate.h"

#include <cstdio>

#include "examples/app/program.h"
#include "examples/shakespeare/commands.h"
#include "examples/shakespeare/writer.h"
#include "train/stop.h"

namespace latent::shakespeare {

int generate(const GenerateSettings& settings) {
  examples::start(settings.threads, settings.seed);
  train::catch_stop_signals();
  const Writer writer = load_writer(settings.weights);
  Generator generator(settings.seed);
  const auto show = [](const std::string& characters) {
    fmt::print("{}", characters);
    std::fflush(stdout);
  };
  const std::string begin =
      settings.prompt.value_or(writer.vocabulary.knows("\n") ? "\n" : writer.vocabulary.decode(0));
  const std::vector<Index> prompt = writer.vocabulary.encode(begin);
  if (prompt.empty()) fail("--prompt: it is empty, and at least one character is needed");
  if (const Index context = writer.model.config.context; Index(prompt.size()) > context)
    fail("--prompt: it has {} characters, and the model sees {} at most", prompt.size(), context);
  show(begin);
  Index count = 0;
  if (settings.length > 0)
    models::generate(writer.model, prompt, settings.how, generator, [&](Index token) {
      show(writer.vocabulary.decode(token));
      return ++count < settings.length && !train::stop_requested();
    });
  show("\n");
  return train::stop_requested() ? examples::exit_stopped : 0;
}

}  // namespace latent::shakespeare
