// A file that is replaced whole or not at all.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace latent {

// Writes a temporary file in the same folder, TARGET.PROCESS.tmp, which takes the place of `target` in commit(): fsync,
// rename, fsync of the folder.  Without commit() it is removed, and if the process is killed, by the next one that writes
// `target`.  A symbolic link stays: the file that it names is replaced.  A file keeps its permissions.  What is no regular
// file, such as /dev/stdout, is written to as it is.  Each function throws an Error that names the file and what the system
// says.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& target);
  AtomicFile(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(const void* values, std::int64_t bytes);
  void commit();

 private:
  void remove_leftovers() const;
  void sync_folder() const;
  std::filesystem::path folder() const;
  void check(bool success, const char* what) const;

  std::filesystem::path target_, temporary_;  // the latter is empty where the target is written to as it is
  int descriptor_ = -1;
};

// The file holds this text and no other, or stays as it was.
void write_text(const std::filesystem::path& file, std::string_view text);

}  // namespace latent
