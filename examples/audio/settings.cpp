#include "examples/audio/settings.h"

#include <algorithm>
#include <cmath>

namespace latent::audio {
Index FrontEndSettings::tokens() const {
  const Index step = kind == FrontEnd::raw ? frame : mel_step;
  return std::max<Index>(1, std::lround(seconds * double(rate)) / step);
}
Index FrontEndSettings::samples() const { return tokens() * (kind == FrontEnd::raw ? frame : mel_step); }

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

examples::Samples samples_of(std::shared_ptr<const Recordings> recordings, const FrontEndSettings& front_end,
                             const Change& changes) {
  const auto batch = [=](const std::vector<Index>& samples, const Generator* chance) -> train::Batch {
    const auto count = Index(samples.size());
    train::Batch batch{Tensor::empty({count, front_end.tokens(), front_end.channels()}),
                       Tensor::empty({count}, DType::i64)};
    float* to = batch.input.mutable_data<float>();
    Index* labels = batch.target.mutable_data<Index>();
    for (const Index sample : samples) {
      *labels++ = recordings->labels[std::size_t(sample)];
      Wave wave = recordings->waves[std::size_t(sample)];
      if (chance) {
        Generator generator = chance->fold_in(std::uint64_t(sample));
        changes(wave, generator);
      } else {
        wave = placed(wave, front_end.samples());
      }
      to = std::ranges::copy(tokens_of(wave, front_end), to).out;
    }
    return batch;
  };
  return {recordings->size(), batch};
}

// The recordings are sorted by digit, so the held-out ones are chosen at random, the same for every seed.
examples::TrainingData training_data(const Settings& settings) {
  const auto train = std::make_shared<Recordings>(load_recordings(settings.data, Split::train, settings.speaker));
  const auto test = std::make_shared<Recordings>(load_recordings(settings.data, Split::test, settings.speaker));
  examples::LabelledData samples{
      .name = settings.data.empty() ? "sounds" : settings.data,
      .unit = "recording",
      .test = samples_of(test, settings.front_end),
      .picture = [kind = settings.front_end.kind](const Tensor& tokens) -> examples::Picture {
        if (kind == FrontEnd::mel) return {"spectrogram", tokens};
        return {"wave", reshape(tokens, {tokens.size()})};
      }};
  Generator shuffler(0);
  examples::hold_out(samples, samples_of(train, settings.front_end, training_changes(settings)),
                     permutation(train->size(), shuffler), settings.validation);
  return {samples,
          train->classes,
          model_config(settings, Index(train->classes.size())),
          {{"data", settings.data},
           {"speaker", settings.speaker},
           {"front_end", models::to_text(settings.front_end.kind)}}};
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

FrontEndSettings front_end_of(const examples::Classifier& classifier) {
  const std::string kind = classifier.metadata_value("front_end");
  const models::InputConfig& input = classifier.input();
  FrontEndSettings settings;
  if (!models::from_text(kind, settings.kind))
    fail("a front end of raw or mel expected in the model's file, found '{}'", kind);
  settings.frame = settings.bands = input.input_channels;
  const Index step = settings.kind == FrontEnd::raw ? settings.frame : mel_step;
  settings.seconds = double(input.tokens() * step) / double(rate);
  return settings;
}

}  // namespace latent::audio
