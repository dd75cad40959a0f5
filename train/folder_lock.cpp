#include "train/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/error.h"

namespace latent::train {

FolderLock::FolderLock(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  descriptor_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) fail("{}: cannot be opened: {}", folder.string(), std::strerror(errno));
  // Some network file systems cannot lock folders: there a second training goes unnoticed.
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(descriptor_);
  fail("{}: another training writes there; wait for it, or choose another --out", folder.string());
}
FolderLock::~FolderLock() { close(descriptor_); }

}  // namespace latent::train
