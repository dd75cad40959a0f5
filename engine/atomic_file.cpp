#include "engine/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "engine/error.h"

namespace latent {

AtomicFile::AtomicFile(const std::filesystem::path& target)
    : target_(target), temporary_(fmt::format("{}.{}.tmp", target.string(), getpid())) {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  check(descriptor_ >= 0, "open");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(const void* values, std::int64_t bytes) {
  for (auto* from = static_cast<const char*>(values); bytes > 0;) {
    const ssize_t written = ::write(descriptor_, from, static_cast<std::size_t>(bytes));
    if (written < 0 && errno == EINTR) continue;
    check(written >= 0, "write");
    from += written;
    bytes -= written;
  }
}

void AtomicFile::commit() {
  check(fsync(descriptor_) == 0, "fsync");
  check(rename(temporary_.c_str(), target_.c_str()) == 0, "rename");
  close(std::exchange(descriptor_, -1));
  sync_folder();
}

// The new name is safe from a power cut only when its folder is on the disk too.  Some network file systems cannot do
// this for folders (EINVAL).
void AtomicFile::sync_folder() const {
  const std::filesystem::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  check(descriptor >= 0, "open the folder");
  const bool synced = fsync(descriptor) == 0 || errno == EINVAL;
  const int error = errno;
  close(descriptor);
  errno = error;
  check(synced, "fsync the folder");
}

void AtomicFile::check(bool success, const char* what) const {
  if (!success) fail("{}: cannot {}: {}", target_.string(), what, std::generic_category().message(errno));
}

}  // namespace latent
