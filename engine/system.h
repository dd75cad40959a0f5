// What the engine asks of the operating system in other words on Windows than elsewhere.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace latent {

// Bytes that the machine has, or as many as a pointer can tell apart if that is less (on 32 bits).
std::int64_t physical_memory();

// Null if there is no room.  What comes from allocate_aligned() goes to free_aligned().
void* allocate_aligned(std::size_t bytes, std::size_t alignment);
void free_aligned(void* block);

bool is_running(std::int64_t process);  // true as well where that cannot be known

#ifdef _WIN32
// POSIX's functions of these names, for Windows' paths (UTF-16).  As there, an open file can be renamed, and a new name takes
// the place of another in one step; it is on the disk when rename() returns.  Text stays as it is: no line end is changed.
constexpr int O_CLOEXEC = 0;  // open() never lets a child process inherit
int open(const wchar_t* path, int flags, int permissions = 0);
int fsync(int descriptor);
int rename(const wchar_t* from, const wchar_t* to);
int unlink(const wchar_t* path);
#endif

}  // namespace latent
