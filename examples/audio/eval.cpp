#include <fmt/ranges.h>

#include "examples/audio/commands.h"
#include "examples/common/program.h"

namespace latent::audio {

int eval(const examples::EvalSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "audio", check_model);
  const Split split = load_recordings(settings.data.value_or(classifier.said("data")), classifier.said("speaker"));
  if (split.test.classes != classifier.classes)
    fail("{}: the model knows {}, and the data are {}", settings.weights, fmt::join(classifier.classes, " "),
         fmt::join(split.test.classes, " "));
  const examples::Samples samples = samples_of(split.test, front_end_of(classifier));
  examples::report(examples::evaluate(classifier, samples, samples.size), classifier.classes, settings.confusion);
  return 0;
}

}  // namespace latent::audio
