// A file that is replaced whole or not at all.
#pragma once
#include <cstdint>
#include <filesystem>

namespace latent {

// Writes a temporary file in the same folder, which takes the place of `target` in commit(): fsync, rename, fsync of the
// folder.  Without commit() it is removed.  Each function throws an Error that names the file and what the system says.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& target);
  AtomicFile(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(const void* values, std::int64_t bytes);
  void commit();

 private:
  void sync_folder() const;
  void check(bool success, const char* what) const;

  std::filesystem::path target_, temporary_;
  int descriptor_ = -1;
};

}  // namespace latent
