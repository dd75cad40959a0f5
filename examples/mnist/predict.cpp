#include <algorithm>

#include "examples/common/program.h"
#include "examples/mnist/classifier.h"
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

void print_probabilities(const std::vector<double>& probabilities) {
  constexpr int widest = 40;
  for (std::size_t digit = 0; digit < probabilities.size(); ++digit) {
    std::string bar;
    for (int i = 0; i < static_cast<int>(widest * probabilities[digit] + 0.5); ++i) bar += "█";
    fmt::print("{}  {:6.2f} %  {}\n", digit, 100 * probabilities[digit], bar);
  }
}

}  // namespace

int predict(const PredictSettings& settings) {
  examples::start(settings.threads, {});
  const Classifier classifier = load_classifier(settings.weights);
  const bool is_file = !settings.file.empty();
  const Dataset image = is_file
                            ? one_image(read_png(settings.file), 0)
                            : from_test_set(settings.data.empty() ? classifier.data : settings.data, settings.index);
  const NoGrad off;
  const Tensor logits = classifier(make_batch(image, {0}, classifier.patch()).tokens);
  const std::vector<double> probabilities = softmax(logits).values();

  fmt::print("{}", draw({image.image(0)}));
  print_probabilities(probabilities);
  const auto best = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
  fmt::print("prediction: {}{}\n", best, is_file ? "" : fmt::format(", label: {}", image.labels[0]));
  return 0;
}

}  // namespace latent::mnist
