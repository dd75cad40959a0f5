// What the tests of the examples share: a folder to write in, files as strings.
#pragma once
#include <string>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/error_of.h"

namespace latent::test {

using Path = std::filesystem::path;

// A folder of its own for each test, removed at the end.
struct Folder {
  Path path = std::filesystem::temp_directory_path() / fmt::format("latent_examples_{}", getpid());
  Folder() { std::filesystem::create_directories(path); }
  Folder(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }

  Path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
};

inline std::string read(const Path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

// Their names and what they hold.
inline std::map<std::string, std::string> files_in(const Path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files[entry.path().filename().string()] = read(entry.path());
  return files;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace latent::test
