#include <fmt/ranges.h>

#include "examples/app/classifier_commands.h"
#include "examples/app/program.h"
#include "examples/audio/commands.h"

namespace latent::audio {

int eval(const examples::EvalSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "audio", check_model);
  const FrontEndSettings front_end = front_end_of(classifier);
  const std::string speaker = classifier.said("speaker");  // whom it did not hear in its training; none: empty
  const Recordings test = load_recordings(settings.data.value_or(classifier.said("data")), Split::test, speaker);
  if (test.classes != classifier.classes)
    fail("{}: the model knows {}, and the data are {}", settings.weights, fmt::join(classifier.classes, " "),
         fmt::join(test.classes, " "));
  if (!speaker.empty()) fmt::print("of the speaker that was held out, {}:\n", speaker);
  const examples::Samples samples = samples_of(test, front_end);
  examples::report(examples::evaluate(classifier, samples, samples.size), classifier.classes, settings.confusion);
  return 0;
}

}  // namespace latent::audio
