// Options of `audio`, and the model and data that they select.
#pragma once
#include <memory>

#include "examples/app/classifier_program.h"
#include "examples/audio/augment.h"
#include "examples/audio/dataset.h"

namespace latent::audio {

inline constexpr Index longest_frame = 800;  // samples

// What a token is.
enum class FrontEnd {
  raw,  // some samples in a row, as they are: the paper's raw audio
  mel   // the strength of some bands of frequencies at a moment
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
          Field{"A token is some samples in a row (raw), or the strength of frequencies at a moment (mel)"});
    visit("seconds", c.seconds,
          Field{"Length that is heard; shorter recordings get silence around them, longer ones lose their ends", 0.1,
                60});
    visit("frame", c.frame, Field{"Samples in a token of raw sound, of 8,000 a second", 1, longest_frame});
    visit("mel_bands", c.bands, Field{"Bands of frequencies in a mel token", 1, 80});
  }
};

// How much a recording may change; all zero leaves it as it is.
struct Augmentation {
  double speed = 0, tilt = 0, noise = 0, gap = 0, shift = 0;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    using models::Field;
    visit("speed", c.speed, Field{"Largest random change of speed and pitch, 0.1 for 10 %", 0, 1});
    visit("tilt", c.tilt, Field{"Largest share of each sample that is added to the next, or taken away", 0, 0.95});
    visit("noise", c.noise, Field{"Decibels that white noise is softer than the recording, at least; 0: none", 0, 100});
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
    visit("speaker", c.speaker, models::Field{"Who is held out for the test; empty: recordings 0 to 4 of all are"});
    FrontEndSettings::fields(c.front_end, visit);
    Augmentation::fields(c.augmentation, visit);
  }
};

// The recipe files of this folder, as part of the program.
extern const char* const digits_toml;
extern const char* const raw_toml;
extern const char* const signals_toml;

Change training_changes(const Settings& settings);

// (samples) -> (tokens, channels), of a wave of exactly front_end.samples() samples
std::vector<float> tokens_of(const Wave& wave, const FrontEndSettings& front_end);

// input: (B, tokens, channels); target: the labels, (B), i64
examples::Samples samples_of(std::shared_ptr<const Recordings> recordings, const FrontEndSettings& front_end,
                             const Change& changes = {});
examples::TrainingData training_data(const Settings& settings);

models::PerceiverConfig model_config(const Settings& settings, Index classes);

void check_model(const models::InputConfig& input);  // Error if it does not hear sound

// The front end of a model, by its file's metadata and its sizes.
FrontEndSettings front_end_of(const examples::Classifier& classifier);

}  // namespace latent::audio
