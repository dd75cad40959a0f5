#include "examples/audio/augment.h"

#include <algorithm>
#include <cmath>

namespace latent::audio {
namespace {

double gain(double decibels) { return std::pow(10, decibels / 20); }

}  // namespace

Change speed(double largest) {
  return [most = std::log1p(largest)](Wave& wave, Generator& generator) {
    const double step = std::exp(generator.uniform(-most, most));
    const Wave before = wave;
    wave.assign(std::size_t(std::max(1.0, double(before.size() - 1) / step)), 0.0f);
    for (std::size_t i = 0; i < wave.size(); ++i) {
      const double at = double(i) * step;
      const std::size_t left = std::min(std::size_t(at), before.size() - 1),
                        right = std::min(left + 1, before.size() - 1);
      const auto part = float(at - double(left));
      wave[i] = (1 - part) * before[left] + part * before[right];
    }
  };
}

Change tilt(double largest) {
  return [=](Wave& wave, Generator& generator) {
    const auto share = float(generator.uniform(-largest, largest));
    float before = 0;
    for (float& value : wave) {
      const float now = value;
      value = now + share * before;
      before = now;
    }
    normalize(wave);
  };
}

Change noise(double decibels) {
  return [=](Wave& wave, Generator& generator) {
    constexpr double softest = 30;  // decibels below the loudest noise
    const double deviation = gain(-decibels - generator.uniform(0, softest));
    for (float& value : wave) value += float(deviation * generator.normal());
  };
}

Change gap(double seconds) {
  return [=](Wave& wave, Generator& generator) {
    const auto size = Index(wave.size());
    const Index length = std::min(size, Index(generator.uniform(0, seconds) * double(rate)));
    const auto begin = wave.begin() + generator.below(size - length + 1);
    std::fill(begin, begin + length, 0.0f);
  };
}

Change place(Index samples, double shift) {
  return [=](Wave& wave, Generator& generator) {
    wave = placed(wave, samples, Index(generator.uniform(-shift, shift) * double(rate)));
  };
}

Wave placed(const Wave& wave, Index samples, Index shift) {
  Wave result(std::size_t(samples), 0.0f);
  const Index size = Index(wave.size()), before = (samples - size) / 2 + shift;
  const Index begin = std::clamp<Index>(before, 0, samples), end = std::clamp<Index>(before + size, 0, samples);
  for (Index i = begin; i < end; ++i) result[std::size_t(i)] = wave[std::size_t(i - before)];
  return result;
}

}  // namespace latent::audio
