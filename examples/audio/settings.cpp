#include "examples/audio/settings.h"

#include <algorithm>
#include <cmath>

#include "examples/app/options.h"
#include "examples/app/training_options.h"

namespace latent::audio {
namespace {

using examples::add_option;
using examples::between;

constexpr Index longest_frame = 800;

void add_front_end(CLI::App& app, FrontEndSettings& settings) {
  app.option_defaults()->group("Data");
  examples::add_choice(app, "--front-end", settings.kind,
                       "A token is some samples in a row (raw), or the strength of frequencies at a moment (mel)",
                       {{"raw", FrontEnd::raw}, {"mel", FrontEnd::mel}});
  add_option(app, "--seconds", settings.seconds,
             "That are heard; shorter recordings get silence around them, longer ones lose their ends")
      ->check(between(0.1, 60.0));
  add_option(app, "--frame", settings.frame, "Samples in a token of raw sound, of 8,000 a second")
      ->check(between(Index{1}, longest_frame));
  add_option(app, "--mel-bands", settings.bands, "Of frequencies, in a mel token")->check(between(Index{1}, Index{80}));
  app.option_defaults()->group("Options");
}

void add_augmentation(CLI::App& app, Augmentation& largest) {
  app.option_defaults()->group("Data");
  add_option(app, "--speed", largest.speed, "Largest random change of speed and pitch, 0.1 for 10 %")
      ->check(between(0.0, 1.0));
  add_option(app, "--tilt", largest.tilt, "Largest share of each sample that is added to the next, or taken away")
      ->check(between(0.0, 0.95));
  add_option(app, "--noise", largest.noise, "Decibels that white noise is softer than the recording, at least; 0: none")
      ->check(between(0.0, 100.0));
  add_option(app, "--gap", largest.gap, "Longest random silence in a recording, seconds")->check(between(0.0, 10.0));
  add_option(app, "--shift", largest.shift, "Largest random shift, seconds")->check(between(0.0, 10.0));
  app.option_defaults()->group("Options");
}

}  // namespace

Index FrontEndSettings::tokens() const {
  const Index step = kind == FrontEnd::raw ? frame : mel_step;
  return std::max<Index>(1, std::lround(seconds * double(rate)) / step);
}
Index FrontEndSettings::samples() const { return tokens() * (kind == FrontEnd::raw ? frame : mel_step); }

void add_options(CLI::App& app, Settings& settings) {
  examples::add_options(app, settings.training);
  examples::add_resume(app, settings.training);
  examples::add_label_smoothing(app, settings.training);
  examples::add_data_options(
      app, settings,
      "Folder that holds recordings/{digit}_{speaker}_{index}.wav, as it is, in data/ or in $LATENT_DATA; "
      "without it the program makes its sounds");
  app.option_defaults()->group("Data");
  add_option(app, "--speaker", settings.speaker, "Who is held out, for the test; empty: recordings 0 to 4 of all are");
  add_front_end(app, settings.front_end);
  add_augmentation(app, settings.augmentation);
  examples::add_model_options(app, settings.model);
  app.option_defaults()->group("Model");
  add_option(app, "--nyquist-frequency", settings.model.input.nyquist_frequency,
             "Highest frequency of the position features: periods in all that is heard; 0: half the number of tokens")
      ->check(between(0.0, 1e6));
  app.option_defaults()->group("Options");
  examples::add_model_kind(app, settings.kind);
}

Change training_changes(const Settings& settings) {
  const Augmentation& largest = settings.augmentation;
  return examples::in_turn<Wave>(
      {largest.speed > 0 ? speed(largest.speed) : Change(), largest.tilt > 0 ? tilt(largest.tilt) : Change(),
       largest.gap > 0 ? gap(largest.gap) : Change(), place(settings.front_end.samples(), largest.shift),
       largest.noise > 0 ? noise(largest.noise) : Change()});
}

std::vector<float> tokens_of(const Wave& wave, const FrontEndSettings& front_end) {
  return front_end.kind == FrontEnd::raw ? wave : log_mel(wave, front_end.bands);
}

examples::Samples samples_of(const Recordings& recordings, const FrontEndSettings& front_end, const Change& changes) {
  const auto batch = [=, &recordings](const std::vector<Index>& samples, const Generator* chance) -> train::Batch {
    const auto count = Index(samples.size());
    train::Batch batch{Tensor::empty({count, front_end.tokens(), front_end.channels()}),
                       Tensor::empty({count}, DType::i64)};
    float* to = batch.input.write<float>();
    Index* labels = batch.target.write<Index>();
    for (const Index sample : samples) {
      *labels++ = recordings.labels[std::size_t(sample)];
      Wave wave = recordings.waves[std::size_t(sample)];
      if (chance) {
        Generator generator = chance->split(std::uint64_t(sample));
        changes(wave, generator);
      } else {
        wave = placed(wave, front_end.samples());
      }
      to = std::ranges::copy(tokens_of(wave, front_end), to).out;
    }
    return batch;
  };
  return {recordings.size(), batch};
}

Data load_data(const Settings& settings) {
  return {load_recordings(settings.data, Split::train, settings.speaker),
          load_recordings(settings.data, Split::test, settings.speaker)};
}

// The recordings lie digit by digit, so those held out are chosen by chance, the same ones for every seed.
examples::LabelledData labelled(const Settings& settings, const Data& data) {
  examples::LabelledData all{.name = settings.data.empty() ? "sounds" : settings.data,
                             .unit = "recording",
                             .test = samples_of(data.test, settings.front_end),
                             .picture = [kind = settings.front_end.kind](const Tensor& tokens) -> examples::Picture {
                               if (kind == FrontEnd::mel) return {"spectrogram", tokens};
                               return {"wave", reshape(tokens, {tokens.size()})};
                             }};
  Generator shuffler(0);
  examples::hold_out(all, samples_of(data.train, settings.front_end, training_changes(settings)),
                     permutation(data.train.size(), shuffler), settings.validation);
  return all;
}

models::PerceiverConfig model_config(const Settings& settings, Index classes) {
  models::PerceiverConfig config = settings.model;
  config.input.grid = {settings.front_end.tokens()};
  config.input.input_channels = settings.front_end.channels();
  if (config.input.nyquist_frequency == 0) config.input.nyquist_frequency = double(settings.front_end.tokens()) / 2;
  config.classes = classes;
  return config;
}

void check_model(const models::InputConfig& input) {
  constexpr Index most_tokens = 60 * rate;
  if (input.grid.rank() != 1 || input.own_axes != 0 || input.input_channels < 1 ||
      input.input_channels > longest_frame || input.tokens() > most_tokens)
    fail("a model of sound expected, at most {} tokens of 1 to {} channels in a row, found {} inputs of {} channels",
         most_tokens, longest_frame, input.grid, input.input_channels);
}

train::Metadata to_metadata(const Settings& settings) {
  return {{"data", settings.data},
          {"speaker", settings.speaker},
          {"front_end", settings.front_end.kind == FrontEnd::raw ? "raw" : "mel"}};
}

FrontEndSettings front_end_of(const examples::Classifier& classifier) {
  const std::string kind = classifier.said("front_end");
  const models::InputConfig& input = classifier.input();
  if (kind != "raw" && kind != "mel") fail("a front end of raw or mel expected in the model's file, found '{}'", kind);
  FrontEndSettings settings;
  settings.kind = kind == "raw" ? FrontEnd::raw : FrontEnd::mel;
  settings.frame = settings.bands = input.input_channels;
  const Index step = settings.kind == FrontEnd::raw ? settings.frame : mel_step;
  settings.seconds = double(input.tokens() * step) / double(rate);
  return settings;
}

}  // namespace latent::audio
