// Options of `audio`, and the model and data that they select.
#pragma once
#include <memory>

#include "examples/app/classifier_program.h"
#include "examples/audio/augment.h"
#include "examples/audio/dataset.h"

namespace latent::audio {

inline constexpr Index longest_frame = 800;  // samples

// The front end turns sound into tokens.  A token is:
enum class FrontEnd {
  raw,  // a frame of consecutive samples: raw audio, as in the Perceiver paper
  mel   // one moment of a log-mel spectrogram
};
constexpr auto names(FrontEnd) { return std::array{"raw", "mel"}; }

struct FrontEndSettings {
  FrontEnd kind = FrontEnd::mel;
  double seconds = 1;
  Index frame = 32;  // samples in a token of raw sound
  Index bands = 40;  // of frequencies, in a mel token

  Index samples() const;
  Index tokens() const;
  Index channels() const { return kind == FrontEnd::raw ? frame : bands; }

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    using models::Field;
    visit("front_end", c.kind,
          Field{"A token is a frame of consecutive samples (raw), or one moment of a log-mel spectrogram (mel)"});
    visit("seconds", c.seconds,
          Field{"Length of the input; shorter recordings are padded, longer ones lose their ends", 0.1, 60});
    visit("frame", c.frame, Field{"Samples in a raw token, at 8,000 samples per second", 1, longest_frame});
    visit("mel_bands", c.bands, Field{"Frequency bands in a mel token", 1, 80});
  }
};

// How much a recording may change; all zero leaves it as it is.
struct Augmentation {
  double speed = 0, tilt = 0, noise = 0, gap = 0, shift = 0;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    using models::Field;
    visit("speed", c.speed, Field{"Largest random change of speed and pitch, 0.1 for 10 %", 0, 1});
    visit("tilt", c.tilt,
          Field{"Largest random tilt of the spectrum: share of each sample that is added to the next", 0, 0.95});
    visit("noise", c.noise,
          Field{"Random white noise, softer than the recording by at least this many decibels; 0: none", 0, 100});
    visit("gap", c.gap, Field{"Longest random silence in a recording, seconds", 0, 10});
    visit("shift", c.shift, Field{"Largest random shift, seconds", 0, 10});
  }
};

struct Settings : examples::ClassifierSettings {
  FrontEndSettings front_end;
  Augmentation augmentation;
  std::string speaker;

  Settings() { model.input.nyquist_frequency = 0; }  // 0: half the number of tokens

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    visit("speaker", c.speaker,
          models::Field{"Speaker held out for the test; empty: recordings 0 to 4 of every speaker"});
    FrontEndSettings::fields(c.front_end, visit);
    Augmentation::fields(c.augmentation, visit);
  }
};

// The recipe files of this folder, as part of the program.
extern const char* const digits_toml;
extern const char* const raw_toml;
extern const char* const signals_toml;

Change training_changes(const Settings& settings);

// The tokens of a wave of exactly front_end.samples() samples.                                      (samples) -> (T, C)
std::vector<float> tokens_of(const Wave& wave, const FrontEndSettings& front_end);

// Samples with input (B, T, C) and target i64 (B), the labels
examples::Samples samples_of(std::shared_ptr<const Recordings> recordings, const FrontEndSettings& front_end,
                             const Change& changes = {});
examples::TrainingData training_data(const Settings& settings);

models::PerceiverConfig model_config(const Settings& settings, Index classes);

void check_model(const models::InputConfig& input);  // Error if it does not read sound

// The front end of a trained model, from the metadata of its file and its sizes.
FrontEndSettings front_end_of(const examples::Classifier& classifier);

}  // namespace latent::audio
