// One training at a time writes into a folder.
#pragma once
#include <filesystem>

namespace latent::train {

// Locks the folder, and creates it if needed, until destroyed; the system unlocks it even if the process is killed.  Error if
// the folder cannot be opened.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);  // Error if another training holds it
  FolderLock(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_;
};

}  // namespace latent::train
