// Sounds that need no download: tones, chirps and noises of random pitch, length and loudness.
#pragma once
#include <string>

#include "engine/random.h"
#include "examples/audio/wave.h"

namespace latent::audio {

std::vector<std::string> signal_names();

// A sound of this class, a third to nine tenths of a second long, with some noise.
Wave make_signal(Index label, Generator& generator);

}  // namespace latent::audio
