#include "examples/app/classifier_commands.h"
#include "examples/app/program.h"
#include "examples/audio/commands.h"
#include "train/stop.h"

namespace latent::audio {

int train(const Settings& settings, const std::string& config) {
  examples::start(settings.training.threads, settings.training.seed);
  train::catch_stop_signals();
  const Data data = load_data(settings);
  const std::vector<std::string>& classes = data.train.classes;
  nn::Init init{.generator = train::weights_generator(settings.training.seed)};
  const examples::Classifier classifier =
      examples::make_classifier(examples::model_config(settings.kind, model_config(settings, Index(classes.size()))),
                                init, classes, to_metadata(settings));
  return examples::train(settings, config, labelled(settings, data), classifier);
}

}  // namespace latent::audio
