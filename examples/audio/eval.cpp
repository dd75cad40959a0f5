#include <fmt/ranges.h>

#include "examples/audio/commands.h"
#include "examples/common/program.h"

namespace latent::audio {

// The speaker that was held out is so only in the data of the training.
int eval(const examples::EvalSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "audio", check_model);
  const FrontEndSettings front_end = front_end_of(classifier);
  const Recordings test = settings.data
                              ? load_recordings(*settings.data, Split::test)
                              : load_recordings(classifier.said("data"), Split::test, classifier.said("speaker"));
  if (test.classes != classifier.classes)
    fail("{}: the model knows {}, and the data are {}", settings.weights, fmt::join(classifier.classes, " "),
         fmt::join(test.classes, " "));
  const examples::Samples samples = samples_of(test, front_end);
  examples::report(examples::evaluate(classifier, samples, samples.size), classifier.classes, settings.confusion);
  return 0;
}

}  // namespace latent::audio
