#include "examples/audio/dataset.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/ranges.h>

#include "examples/app/program.h"
#include "examples/audio/signals.h"

namespace latent::audio {
namespace {

namespace fs = std::filesystem;

constexpr Index digits = 10;

// Makes `of_each` sounds of each class; the same seed makes the same sounds.
Recordings make_signals(Index of_each, std::uint64_t seed) {
  Recordings made;
  made.classes = signal_names();
  const Index classes = Index(made.classes.size());
  for (Index i = 0; i < of_each * classes; ++i) {
    Generator generator = Generator(seed).fold_in(std::uint64_t(i));
    made.waves.push_back(make_signal(i % classes, generator));
    normalize(made.waves.back());
    made.labels.push_back(i % classes);
  }
  return made;
}

struct Name {
  Index digit, index;
  std::string speaker;
};

// The parts of a file name such as 7_jackson_32.wav
Name parse_name(const fs::path& file) {
  const std::string stem = file.stem().string();
  const auto first = stem.find('_'), last = stem.rfind('_');
  const auto number = [&](std::size_t begin, std::size_t end) {
    Index value = -1;
    const auto [stop, error] = std::from_chars(stem.data() + begin, stem.data() + end, value);
    return error == std::errc() && stop == stem.data() + end ? value : -1;
  };
  if (first == std::string::npos || last <= first + 1 || number(0, first) < 0 || number(last + 1, stem.size()) < 0)
    fail("{}: a name such as 7_jackson_32.wav expected: digit, speaker, number", file.string());
  if (number(0, first) >= digits)
    fail("{}: a digit from 0 to {} expected, found {}", file.string(), digits - 1, number(0, first));
  return {number(0, first), number(last + 1, stem.size()), stem.substr(first + 1, last - first - 1)};
}

std::vector<fs::path> find_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      if (examples::is_listed(entry.path(), ".wav")) files.push_back(entry.path());
  if (files.empty())
    throw MissingFile(fmt::format("{}: no .wav files; `scripts/download.sh spoken-digits {}` fetches them",
                                  folder.string(), folder.parent_path().string()));
  std::ranges::sort(files);
  return files;
}

}  // namespace

Recordings load_recordings(const std::string& name, Split split, const std::string& speaker) {
  const bool test = split == Split::test;
  if (name.empty() && !speaker.empty())
    fail("--speaker {}: the sounds that the program makes have no speakers", speaker);
  if (name.empty()) return test ? make_signals(100, 2) : make_signals(500, 1);
  Recordings found;
  found.classes = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
  const std::vector<fs::path> files = find_files(examples::data_folder(name) / "recordings");
  std::set<std::string> speakers;
  for (const fs::path& file : files) {
    constexpr Index tests = 5;
    const Name said = parse_name(file);
    speakers.insert(said.speaker);
    if ((speaker.empty() ? said.index < tests : said.speaker == speaker) != test) continue;
    found.waves.push_back(read_wave(file));
    normalize(found.waves.back());
    found.labels.push_back(said.digit);
  }
  if (!speaker.empty() && !speakers.contains(speaker))
    fail("{}: no speaker '{}'; there are {}", name, speaker, fmt::join(speakers, ", "));
  if (found.size() == 0)
    fail("{}: none of the {} recordings is for the {}", name, files.size(), test ? "test" : "training");
  return found;
}

}  // namespace latent::audio
