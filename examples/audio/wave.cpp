#include "examples/audio/wave.h"

#include <kiss_fftr.h>
#include <samplerate.h>
#include <sndfile.h>

#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>

#include "examples/app/program.h"

namespace latent::audio {
namespace {

constexpr Index window = 256, bins = window / 2 + 1;

Wave resample(const std::filesystem::path& file, Wave wave, int from) {
  if (from == rate) return wave;
  Wave result(std::size_t(std::ceil(double(wave.size()) * double(rate) / from)) + 1);
  SRC_DATA data = {};
  data.data_in = wave.data(), data.input_frames = long(wave.size());
  data.data_out = result.data(), data.output_frames = long(result.size());
  data.src_ratio = double(rate) / from;
  if (const int error = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1))
    fail("{}: cannot be resampled from {} to {} samples a second: {}", file.string(), from, rate, src_strerror(error));
  result.resize(std::size_t(data.output_frames_gen));
  return result;
}

// A triangular filter: the weights of consecutive bins of the spectrum, from `first` on.
struct Band {
  Index first;
  std::vector<float> weights;
};

std::vector<Band> mel_bands(Index count) {
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  const auto hertz = [](double mel) { return 700 * (std::pow(10, mel / 2595) - 1); };
  const double low = mel(60), high = mel(double(rate) / 2);
  const auto edge = [&](Index i) { return hertz(low + (high - low) * double(i) / double(count + 1)); };
  std::vector<Band> bands;
  for (Index i = 0; i < count; ++i) {
    const double left = edge(i), middle = edge(i + 1), right = edge(i + 2), step = double(rate) / double(window);
    Band band{Index(std::ceil(left / step)), {}};
    for (Index bin = band.first; bin < bins && double(bin) * step < right; ++bin) {
      const double at = double(bin) * step;
      band.weights.push_back(float(std::min((at - left) / (middle - left), (right - at) / (right - middle))));
    }
    bands.push_back(std::move(band));
  }
  return bands;
}

using Transform = std::unique_ptr<std::remove_pointer_t<kiss_fftr_cfg>, decltype(&kiss_fftr_free)>;

}  // namespace

Wave read_wave(const std::filesystem::path& file) {
  examples::need(file);
  constexpr Index longest = 60;
  SF_INFO info = {};
  const std::unique_ptr<SNDFILE, decltype(&sf_close)> sound(sf_open(file.c_str(), SFM_READ, &info), &sf_close);
  if (!sound) fail("{}: not a sound that can be read: {}", file.string(), sf_strerror(nullptr));
  if (info.frames < 1 || info.channels < 1 || info.samplerate < 1)
    fail(
        "{}: {} samples of {} channels, {} a second: there is nothing to hear; if the header was not completed after "
        "recording, `sox --ignore-length` repairs the file",
        file.string(), info.frames, info.channels, info.samplerate);
  if (info.frames > longest * info.samplerate)
    fail("{}: {:.1f} s of sound, and at most {} s are read", file.string(), double(info.frames) / info.samplerate,
         longest);
  // Reads in blocks, because the header may promise more samples than the file holds.
  constexpr Index block = 4096;
  std::vector<float> values(std::size_t(block * info.channels));
  Wave wave;
  while (const Index frames = sf_readf_float(sound.get(), values.data(), block))
    for (auto at = values.begin(); at != values.begin() + frames * info.channels; at += info.channels) {
      wave.push_back(std::accumulate(at, at + info.channels, 0.0f) / float(info.channels));
      if (!std::isfinite(wave.back())) fail("{}: sample {} is {}", file.string(), wave.size() - 1, wave.back());
    }
  if (Index(wave.size()) != info.frames)
    fail("{}: {} samples expected, found {}: the file is cut short", file.string(), info.frames, wave.size());
  wave = resample(file, std::move(wave), info.samplerate);
  if (wave.empty()) fail("{}: {} samples, {} a second, are too few", file.string(), info.frames, info.samplerate);
  return wave;
}

void normalize(Wave& wave) {
  const auto size = double(wave.size());
  const double mean = std::accumulate(wave.begin(), wave.end(), 0.0) / size;
  double square = 0;
  for (float& value : wave) {
    value -= float(mean);
    square += double(value) * double(value) / size;
  }
  constexpr double silence = 1e-12;
  const double factor = square > silence ? 1 / std::sqrt(square) : 0;
  for (float& value : wave) value *= float(factor);
}

std::vector<float> log_mel(const Wave& wave, Index count) {
  static const auto hann = [] {
    std::array<float, window> values;
    for (Index i = 0; i < window; ++i)
      values[std::size_t(i)] = float(0.5 - 0.5 * std::cos(2 * std::numbers::pi * double(i) / double(window)));
    return values;
  }();
  const std::vector<Band> bands = mel_bands(count);
  const Transform transform(kiss_fftr_alloc(int(window), 0, nullptr, nullptr), &kiss_fftr_free);
  if (!transform) fail("log_mel: no memory for a Fourier transform of {}", window);
  std::vector<float> result;
  for (Index centre = mel_step / 2; centre <= Index(wave.size()) - mel_step / 2; centre += mel_step) {
    std::array<float, window> frame;
    for (Index i = 0; i < window; ++i) {
      const Index at = centre - window / 2 + i;
      const bool inside = at >= 0 && at < Index(wave.size());
      frame[std::size_t(i)] = inside ? hann[std::size_t(i)] * wave[std::size_t(at)] : 0;
    }
    std::array<kiss_fft_cpx, bins> spectrum;
    kiss_fftr(transform.get(), frame.data(), spectrum.data());
    for (const Band& band : bands) {
      constexpr float floor = 0.01f, scale = 4;
      float power = floor;
      for (std::size_t i = 0; i < band.weights.size(); ++i) {
        const auto [real, imaginary] = spectrum[std::size_t(band.first) + i];
        power += band.weights[i] * (real * real + imaginary * imaginary);
      }
      result.push_back(std::log(power) / scale);
    }
  }
  return result;
}

}  // namespace latent::audio
