#include <algorithm>

#include "examples/app/classifier_commands.h"
#include "examples/app/program.h"
#include "examples/modelnet/commands.h"

namespace latent::modelnet {

int predict(const PredictSettings& settings) {
  examples::start(settings.threads, settings.seed);
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "modelnet", check_model);
  const Cloud cloud = cloud_of(settings.file, classifier.input().tokens(), Generator(settings.seed));
  const Tensor input = Tensor::empty({1, Index(cloud.size()), 3});
  std::copy_n(cloud.front().data(), input.size(), input.write<float>());
  const Index best = examples::print_answer(classifier, input);
  fmt::print("prediction: {}\n", classifier.classes[std::size_t(best)]);
  return 0;
}

}  // namespace latent::modelnet
