// Where a test finds what is not code.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include "folders.h"

namespace latent::test {

using Path = std::filesystem::path;

inline Path source_folder() { return LATENT_SOURCE_FOLDER; }  // the root of the project
inline Path program(const std::string& name) { return Path(LATENT_PROGRAM_FOLDER) / name; }

// The data set `name` in the folder that the environment's LATENT_DATA names. Without it the test says why and returns,
// and ctest shows it as skipped.
inline std::optional<Path> data_folder(const std::string& name) {
  const char* data = std::getenv("LATENT_DATA");
  if (data && std::filesystem::is_directory(Path(data) / name)) return Path(data) / name;
  std::cout << "skipped: needs the folder " << name << " in " << (data ? data : "LATENT_DATA, which is not set")
            << '\n';
  return std::nullopt;
}

}  // namespace latent::test
