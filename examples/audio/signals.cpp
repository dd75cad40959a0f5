#include "examples/audio/signals.h"

#include <cmath>
#include <numbers>

namespace latent::audio {
namespace {

// A class of sounds: frequency, as a factor of the sound's pitch, and loudness at a time from 0 (beginning) to 1 (end).
struct Signal {
  const char* name;
  double (*pitch)(double time);
  double (*loudness)(double time);
};

double steady(double) { return 1; }
double up(double time) { return std::exp2(time - 0.5); }
double down(double time) { return std::exp2(0.5 - time); }
double hill(double time) { return std::exp2(1 - 2 * std::abs(time - 0.5)); }
double valley(double time) { return std::exp2(2 * std::abs(time - 0.5)); }
double steps(double time) { return std::exp2(std::floor(4 * time) / 4); }
double warble(double time) { return 1 + 0.15 * std::sin(2 * std::numbers::pi * 6 * time); }
double pulses(double time) { return std::fmod(5 * time, 1.0) < 0.5 ? 1 : 0; }
double fading(double time) { return std::exp(-5 * time); }
double swelling(double time) { return std::exp(5 * (time - 1)); }

constexpr Signal signals[] = {{"tone", steady, steady},      {"rising", up, steady},     {"falling", down, steady},
                              {"hill", hill, steady},        {"valley", valley, steady}, {"steps", steps, steady},
                              {"warble", warble, steady},    {"pulses", steady, pulses}, {"fading", steady, fading},
                              {"swelling", steady, swelling}};

}  // namespace

std::vector<std::string> signal_names() {
  std::vector<std::string> names;
  for (const Signal& signal : signals) names.emplace_back(signal.name);
  return names;
}

Wave make_signal(Index label, Generator& generator) {
  const Signal& signal = signals[label];
  const double length = generator.uniform(0.33, 0.9) * double(rate);
  const double pitch = 300 * std::exp2(generator.uniform(0, 2)), overtone = generator.uniform(0, 0.5);
  const double noise = generator.uniform(0.02, 0.2);
  Wave wave;
  double phase = generator.uniform(0, 2 * std::numbers::pi);
  for (double i = 0; i < length; ++i) {
    const double time = i / length;
    phase += 2 * std::numbers::pi * pitch * signal.pitch(time) / double(rate);
    const double tone = std::sin(phase) + overtone * std::sin(2 * phase);
    wave.push_back(float(signal.loudness(time) * tone + noise * generator.normal()));
  }
  return wave;
}

}  // namespace latent::audio
