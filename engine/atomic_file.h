// A file that is replaced whole or not at all.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace latent {

// The constructor opens a temporary file, TARGET.PROCESS.tmp, in the folder of `target`; commit() renames it to
// `target`, with an fsync of the file before and of the folder after.  Without commit() the destructor removes it;
// after a kill, the next process that writes `target` does.  A symbolic link stays a link: the file behind it is
// replaced.  Permissions are kept.  A target that is no regular file, such as /dev/stdout, is written to directly.
// Each function throws an Error with the file's name and the system's message.
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

  std::filesystem::path target_, temporary_;  // temporary_ is empty if the target is written to directly
  int descriptor_ = -1;
};

// Replaces the file by this text, or leaves it as it was.
void write_text(const std::filesystem::path& file, std::string_view text);

}  // namespace latent
