#include "examples/app/classifier_commands.h"
#include "examples/app/program.h"
#include "examples/mnist/commands.h"
#include "examples/mnist/draw.h"
#include "examples/mnist/png.h"
#include "examples/mnist/tokens.h"

namespace latent::mnist {
namespace {

Dataset one_image(Image image, std::uint8_t label) { return {{image.begin(), image.end()}, {label}}; }

Dataset from_test_set(const std::string& data, Index index) {
  const Dataset test = load_dataset(data, Split::test);
  if (index >= test.size()) fail("--index {}: the test set has images 0 to {}", index, test.size() - 1);
  return one_image(test.image(index), test.labels[index]);
}

}  // namespace

int predict(const PredictSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "mnist", check_model);
  const bool is_file = !settings.file.empty();
  const Dataset image = is_file ? one_image(read_png(settings.file), 0)
                                : from_test_set(settings.data.value_or(classifier.said("data")), settings.index);
  fmt::print("{}", draw({image.image(0)}));
  const Index best = examples::print_answer(classifier, make_batch(image, {0}, patch_of(classifier.input())).input);
  fmt::print("prediction: {}{}\n", classifier.classes[std::size_t(best)],
             is_file ? "" : fmt::format(", label: {}", image.labels[0]));
  return 0;
}

}  // namespace latent::mnist
