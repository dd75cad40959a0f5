// The calls of the operating system that differ between POSIX and Windows.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace latent {

// Bytes of memory of the machine, at most PTRDIFF_MAX (2 GiB on 32-bit systems).
std::int64_t physical_memory();

// Null if there is no memory.  free_aligned() frees the blocks of allocate_aligned().
void* allocate_aligned(std::size_t bytes, std::size_t alignment);
void free_aligned(void* block);

bool is_running(std::int64_t process);  // true also if that cannot be known

#ifdef _WIN32
// The POSIX functions of these names, for Windows' paths (UTF-16).  As in POSIX, an open file can be renamed, and
// rename() replaces an existing file in one step, which is on the disk when it returns.  Line ends are not changed.
constexpr int O_CLOEXEC = 0;  // child processes never inherit files of this open()
int open(const wchar_t* path, int flags, int permissions = 0);
int fsync(int descriptor);
int rename(const wchar_t* from, const wchar_t* to);
int unlink(const wchar_t* path);
#endif

}  // namespace latent
