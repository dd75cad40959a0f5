#include <algorithm>

#include "examples/app/classifier_commands.h"
#include "examples/app/program.h"
#include "examples/audio/commands.h"

namespace latent::audio {

int predict(const examples::PredictSettings& settings) {
  examples::start(settings.threads, {});
  const examples::Classifier classifier = examples::load_classifier(settings.weights, "audio", check_model);
  const FrontEndSettings front_end = front_end_of(classifier);
  Wave wave = read_wave(settings.file);
  fmt::print("{}: {:.2f} s; the model hears {:.2f} s\n", settings.file, double(wave.size()) / double(rate),
             front_end.seconds);
  normalize(wave);
  if (std::ranges::count(wave, 0) == std::ssize(wave))
    fail("{}: {:.2f} s of silence: there is nothing to hear", settings.file, double(wave.size()) / double(rate));
  const std::vector<float> tokens = tokens_of(placed(wave, front_end.samples()), front_end);
  const Tensor input = Tensor::empty({1, front_end.tokens(), front_end.channels()});
  std::ranges::copy(tokens, input.write<float>());
  const Index best = examples::print_answer(classifier, input);
  fmt::print("prediction: {}\n", classifier.classes[std::size_t(best)]);
  return 0;
}

}  // namespace latent::audio
