#include <fmt/ranges.h>

#include "examples/audio/commands.h"
#include "examples/common/program.h"

namespace latent::audio {

// The speaker that was held out is so only in the data of the training.
int eval(const examples::EvalSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "audio", check_model);
  const FrontEndSettings front_end = front_end_of(classifier);
  const Split split = settings.data ? load_recordings(*settings.data)
                                    : load_recordings(classifier.said("data"), classifier.said("speaker"));
  if (split.test.classes != classifier.classes)
    fail("{}: the model knows {}, and the data are {}", settings.weights, fmt::join(classifier.classes, " "),
         fmt::join(split.test.classes, " "));
  const examples::Samples samples = samples_of(split.test, front_end);
  examples::report(examples::evaluate(classifier, samples, samples.size), classifier.classes, settings.confusion);
  return 0;
}

}  // namespace latent::audio
