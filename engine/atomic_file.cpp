#include "engine/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/system.h"

namespace latent {
namespace {

namespace fs = std::filesystem;

// The file at the end of a chain of symbolic links that is no circle.  It need not exist.
fs::path behind_links(fs::path path) {
  std::error_code error;
  while (fs::is_symlink(path, error)) path = path.parent_path() / fs::read_symlink(path);
  return path;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& target) : target_(target) {
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (error == std::errc::too_many_symbolic_link_levels) fail("{}: cannot open: {}", target.string(), error.message());
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) {
    descriptor_ = open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    check(descriptor_ >= 0, "open");
    return;
  }
  target_ = behind_links(target);
  remove_leftovers();
  temporary_ = target_;
  temporary_ += fmt::format(".{}.tmp", getpid());
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  check(descriptor_ >= 0, "open");
  if (fs::is_regular_file(status)) fs::permissions(temporary_, status.permissions(), error);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::write(const void* values, std::int64_t bytes) {
  constexpr std::int64_t at_once = 1 << 30;  // bytes of one call, within the limits of every system
  for (auto* from = static_cast<const char*>(values); bytes > 0;) {
    const auto written = ::write(descriptor_, from, static_cast<unsigned>(std::min(bytes, at_once)));
    if (written < 0 && errno == EINTR) continue;
    check(written >= 0, "write");
    from += written;
    bytes -= written;
  }
}

void AtomicFile::commit() {
  if (!temporary_.empty()) {
    check(fsync(descriptor_) == 0, "fsync");
    check(rename(temporary_.c_str(), target_.c_str()) == 0, "rename");
  }
  check(close(std::exchange(descriptor_, -1)) == 0, "close");
  if (!temporary_.empty()) sync_folder();
}

// The temporary files of processes that were killed.
void AtomicFile::remove_leftovers() const {
  const std::string start = target_.filename().string() + ".", end = ".tmp";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(start) || !name.ends_with(end) || name.size() <= start.size() + end.size()) continue;
    const char* const last = name.data() + name.size() - end.size();
    pid_t process = 0;
    if (std::from_chars(name.data() + start.size(), last, process).ptr == last && process > 0 && !is_running(process))
      fs::remove(entry.path(), error);
  }
}

fs::path AtomicFile::folder() const { return target_.has_parent_path() ? target_.parent_path() : "."; }

// The new name survives a power cut only once its folder is on the disk too.  Some network file systems cannot sync a
// folder (EINVAL).  On Windows rename() has already done it.
void AtomicFile::sync_folder() const {
#ifndef _WIN32
  const int descriptor = open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  check(descriptor >= 0, "open the folder");
  const bool synced = fsync(descriptor) == 0 || errno == EINVAL;
  const int error = errno;
  close(descriptor);
  errno = error;
  check(synced, "fsync the folder");
#endif
}

void AtomicFile::check(bool success, const char* what) const {
  if (!success) fail("{}: cannot {}: {}", target_.string(), what, std::generic_category().message(errno));
}

void write_text(const std::filesystem::path& file, std::string_view text) {
  AtomicFile output(file);
  output.write(text.data(), std::int64_t(text.size()));
  output.commit();
}

}  // namespace latent
