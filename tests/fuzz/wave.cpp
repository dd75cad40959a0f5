#include "examples/audio/wave.h"

#include <sndfile.h>

#include <cmath>

#include "tests/fuzz/harness.h"

namespace latent::fuzz {

void read(std::string_view input) {
  audio::Wave wave = audio::read_wave(file_of(input));
  audio::normalize(wave);
  wave.resize(std::min<std::size_t>(wave.size(), 800));
  for (const float value : audio::log_mel(wave, 4)) expect(std::isfinite(value), "the spectrogram is finite");
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const int format :
       {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_PCM_U8, SF_FORMAT_WAV | SF_FORMAT_FLOAT,
        SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
        SF_FORMAT_AIFF | SF_FORMAT_PCM_16, SF_FORMAT_AU | SF_FORMAT_ULAW})
    for (const int channels : {1, 2}) {
      const std::filesystem::path file = folder() / "seed";
      SF_INFO info{.frames = 0,
                   .samplerate = channels * 8000,
                   .channels = channels,
                   .format = format,
                   .sections = 0,
                   .seekable = 0};
      SNDFILE* const sound = sf_open(file.c_str(), SFM_WRITE, &info);
      expect(sound != nullptr, "the seed is written");
      std::vector<float> values(std::size_t(400 * channels));
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.5f * std::sin(float(i) / 5);
      sf_writef_float(sound, values.data(), 400);
      sf_close(sound);
      all.push_back(content_of(file));
    }
  return all;
}

}  // namespace latent::fuzz
