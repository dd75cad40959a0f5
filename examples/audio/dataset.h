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

// Loads one split of DIR/recordings/{digit}_{speaker}_{index}.wav, named as in the Free Spoken Digit Dataset.  The test
// set is recordings 0 to 4 of each digit and speaker or, with `speaker`, all recordings of that speaker.  Without a
// folder: sounds of 10 classes.  MissingFile if there are no recordings; Error naming an invalid file.
Recordings load_recordings(const std::string& folder, Split split, const std::string& speaker = "");

}  // namespace latent::audio
