#include "examples/app/classifier_commands.h"
#include "examples/app/program.h"
#include "examples/mnist/commands.h"

namespace latent::mnist {

int eval(const examples::EvalSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "mnist", check_model);
  const Dataset test = load_dataset(settings.data.value_or(classifier.said("data")), Split::test);
  if (classifier.classes != class_names()) fail("{}: its classes are not the digits 0 to 9", settings.weights);
  const examples::Samples samples = samples_of(test, patch_of(classifier.input()));
  examples::report(examples::evaluate(classifier, samples, test.size()), classifier.classes, settings.confusion);
  return 0;
}

}  // namespace latent::mnist
