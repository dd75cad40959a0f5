// Classifies recordings of spoken digits.  The code that all classifiers share is in examples/app/classifier_program.h,
// which calls the functions here.
#include <fmt/ranges.h>

#include <algorithm>

#include "examples/audio/settings.h"

using namespace latent;
using namespace latent::audio;

namespace {

examples::Samples test_of(const examples::Classifier& classifier, const examples::EvalSettings& settings) {
  const std::string speaker = classifier.metadata_value("speaker");  // held out of its training; empty: none
  const auto test =
      std::make_shared<Recordings>(load_recordings(examples::data_of(classifier, settings.data), Split::test, speaker));
  if (test->classes != classifier.classes)
    fail("{}: the model knows {}, but the data have {}", settings.weights, fmt::join(classifier.classes, " "),
         fmt::join(test->classes, " "));
  if (!speaker.empty()) fmt::print("of the speaker that was held out, {}:\n", speaker);
  return samples_of(test, front_end_of(classifier));
}

examples::Question question(const examples::Classifier& classifier, const examples::PredictSettings& settings) {
  const FrontEndSettings front_end = front_end_of(classifier);
  Wave wave = read_wave(settings.file);
  fmt::print("{}: {:.2f} s; the model hears {:.2f} s\n", settings.file, double(wave.size()) / double(rate),
             front_end.seconds);
  normalize(wave);
  if (std::ranges::count(wave, 0) == std::ssize(wave))
    fail("{}: {:.2f} s of silence: there is nothing to hear", settings.file, double(wave.size()) / double(rate));
  const Tensor input = Tensor::empty({1, front_end.tokens(), front_end.channels()});
  std::ranges::copy(tokens_of(placed(wave, front_end.samples()), front_end), input.mutable_data<float>());
  return {input};
}

}  // namespace

int main(int count, char** arguments) {
  Settings settings;
  const examples::ClassifierProgram program{
      .name = "audio",
      .help = "Classifies recordings of spoken digits with a Perceiver",
      .data_help =
          "Folder that holds recordings/{digit}_{speaker}_{index}.wav: a path, or a name in data/ or in "
          "$LATENT_DATA; default: sounds that the program makes",
      .predict_help = "Classify a recording",
      .weights = "audio/digits.safetensors",
      .settings = settings,
      .recipe = [&]() -> examples::Recipe {
        if (settings.data.empty()) return {"signals.toml", signals_toml};
        if (settings.front_end.kind == FrontEnd::raw) return {"raw.toml", raw_toml};
        return {"digits.toml", digits_toml};
      },
      .train_options =
          [&](CLI::App& train) {
            examples::add_fields(train, "Data", settings);
            examples::add_model_options(train, settings.model, {"neighbourhood", "permutation"});
          },
      .predict_options =
          [](CLI::App& predict, examples::PredictSettings& to_predict) {
            predict.add_option("file", to_predict.file, "A sound file: WAV, FLAC, ...")->required();
          },
      .load = [&] { return training_data(settings); },
      .check_model = check_model,
      .load_test = test_of,
      .read_input = question};
  return examples::run_program(program, count, arguments);
}
