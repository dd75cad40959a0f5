#include "examples/app/classifier_commands.h"
#include "examples/app/program.h"
#include "examples/modelnet/commands.h"

namespace latent::modelnet {

int eval(const EvalSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "modelnet", check_model);
  Clouds test = load_clouds(settings.data.value_or(classifier.said("data")), Split::test);
  std::vector<Index> chosen = keep_classes(test, classifier.classes);
  if (chosen.empty()) fail("{}: no cloud of the test is of a class that the model knows", settings.weights);
  const Index points = settings.points > 0 ? settings.points : classifier.input().tokens();
  const examples::Samples samples = examples::select(samples_of(test, points), std::move(chosen));
  examples::report(examples::evaluate(classifier, samples, samples.size), classifier.classes, settings.confusion);
  return 0;
}

}  // namespace latent::modelnet
