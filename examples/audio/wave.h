// Sound from files, and its log-mel spectrogram.
#pragma once
#include <filesystem>
#include <vector>

#include "engine/shape.h"

namespace latent::audio {

inline constexpr Index rate = 8000;  // samples per second of every Wave
using Wave = std::vector<float>;

// Reads a file in a format of libsndfile (WAV, FLAC, ...) with any sampling rate, sample format and number of channels;
// averages the channels and resamples to `rate`.  Error naming the file if it is no sound, is empty, or is longer than
// a minute.
Wave read_wave(const std::filesystem::path& file);

// Shifts and scales to a mean of 0 and a mean square of 1; silence stays silence.
void normalize(Wave& wave);

// Log-mel spectrogram: windows of 256 samples (32 ms), one every 80 (10 ms), and in each the logarithm of the power in
// `bands` triangles evenly spaced on the mel scale from 60 Hz to half the rate, scaled to about -1 to 1.
//                                                                                    (samples) -> (samples / 80, bands)
inline constexpr Index mel_step = 80;
std::vector<float> log_mel(const Wave& wave, Index bands);

}  // namespace latent::audio
