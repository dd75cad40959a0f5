// All that `audio train` can be told, and what follows from it.
#pragma once
#include "examples/app/classification.h"
#include "examples/app/classifier_settings.h"
#include "examples/audio/augment.h"
#include "examples/audio/dataset.h"

namespace latent::audio {

// What a token is.
enum class FrontEnd {
  raw,  // some samples in a row, as they are: the paper's raw audio
  mel   // the strength of some bands of frequencies at a moment
};

struct FrontEndSettings {
  FrontEnd kind = FrontEnd::mel;
  double seconds = 1;  // that are heard; shorter recordings get silence around them, longer ones lose their ends
  Index frame = 32;    // samples in a token of raw sound
  Index bands = 40;    // of frequencies, in a mel token

  Index samples() const;
  Index tokens() const;
  Index channels() const { return kind == FrontEnd::raw ? frame : bands; }
};

// The largest change of each kind; all zero leaves a recording as it is.
struct Augmentation {
  double speed = 0;  // a fraction
  double tilt = 0;   // share of a sample that is added to the next
  double noise = 0;  // decibels that it is softer than the recording, at least; 0: none
  double gap = 0;    // seconds of silence
  double shift = 0;  // seconds
};

struct Settings : examples::ClassifierSettings {
  FrontEndSettings front_end;
  Augmentation augmentation;
  std::string speaker;  // who is held out for the test; empty: recordings 0 to 4 of all

  Settings() { model.input.nyquist_frequency = 0; }  // 0: half the number of tokens
};

void add_options(CLI::App& app, Settings& settings);

Change training_changes(const Settings& settings);

// (samples) -> (tokens, channels), of a recording that is as long as it is to be
std::vector<float> tokens_of(const Wave& wave, const FrontEndSettings& front_end);

// input: (B, tokens, channels); target: the labels, (B), i64
examples::Samples samples_of(const Recordings& recordings, const FrontEndSettings& front_end,
                             const Change& changes = {});  // as long as `recordings` lives

struct Data {
  Recordings train, test;
};
Data load_data(const Settings& settings);
examples::LabelledData labelled(const Settings& settings, const Data& data);  // as long as `data` lives

models::PerceiverConfig model_config(const Settings& settings, Index classes);

void check_model(const models::InputConfig& input);  // Error if it does not hear sound

// What the file of a model says beside its sizes, and the front end that follows from it.
train::Metadata to_metadata(const Settings& settings);
FrontEndSettings front_end_of(const examples::Classifier& classifier);

}  // namespace latent::audio
