#include "examples/common/program.h"
#include "examples/mnist/classifier.h"
#include "examples/mnist/commands.h"

namespace latent::mnist {

int eval(const EvalSettings& settings) {
  examples::start(settings.threads, {});
  const Classifier classifier = load_classifier(settings.weights);
  const Dataset test = load_dataset(settings.data.empty() ? classifier.data : settings.data, Split::test);
  fmt::print("{}\n", accuracy_line(evaluate(classifier, test, 0, test.size())));
  return 0;
}

}  // namespace latent::mnist
