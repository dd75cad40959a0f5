// Recordings with their labels: spoken digits from their files, or sounds that the program makes.
#pragma once
#include <string>

#include "examples/audio/wave.h"

namespace latent::audio {

struct Recordings {
  std::vector<std::string> classes;
  std::vector<Wave> waves;  // normalised
  std::vector<Index> labels;

  Index size() const { return Index(waves.size()); }
};

enum class Split { train, test };

// From DIR/recordings/{digit}_{speaker}_{index}.wav, as in the Free Spoken Digit Dataset: recordings 0 to 4 of each digit
// and speaker are the test, or, where a speaker is named, all of that speaker's.  Without a folder sounds of 10 classes.
// Only those of the split are read.  MissingFile if nothing is there, Error naming a file that is not what it should be.
Recordings load_recordings(const std::string& folder, Split split, const std::string& speaker = "");

}  // namespace latent::audio
