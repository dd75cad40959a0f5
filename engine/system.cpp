#include "engine/system.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>
#ifdef _WIN32
#include <io.h>
#include <malloc.h>
#include <windows.h>
#endif

namespace latent {

#ifdef _WIN32

std::int64_t physical_memory() {
  MEMORYSTATUSEX status = {};
  status.dwLength = sizeof status;
  GlobalMemoryStatusEx(&status);
  return (std::min<std::uint64_t>)(status.ullTotalPhys, PTRDIFF_MAX);  // in parentheses: windows.h has a macro min
}

void* allocate_aligned(std::size_t bytes, std::size_t alignment) { return _aligned_malloc(bytes, alignment); }
void free_aligned(void* block) { _aligned_free(block); }

bool is_running(std::int64_t process) {
  HANDLE const handle = OpenProcess(SYNCHRONIZE, FALSE, DWORD(process));
  if (!handle) return GetLastError() != ERROR_INVALID_PARAMETER;
  const bool running = WaitForSingleObject(handle, 0) == WAIT_TIMEOUT;
  CloseHandle(handle);
  return running;
}

// -1, with errno as the C library would set it
static int failed() {
  const std::error_condition reason =
      std::error_code(int(GetLastError()), std::system_category()).default_error_condition();
  errno = reason.category() == std::generic_category() ? reason.value() : EIO;
  return -1;
}

int open(const wchar_t* path, int flags, int) {
  const DWORD access = flags & O_WRONLY ? GENERIC_WRITE : GENERIC_READ;
  const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const DWORD old_or_new = flags & O_CREAT ? (flags & O_TRUNC ? CREATE_ALWAYS : OPEN_ALWAYS) : OPEN_EXISTING;
  HANDLE const file = CreateFileW(path, access, share, nullptr, old_or_new, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) return failed();
  const int descriptor = _open_osfhandle(reinterpret_cast<std::intptr_t>(file), _O_BINARY);
  if (descriptor < 0) CloseHandle(file);
  return descriptor;
}

int fsync(int descriptor) { return _commit(descriptor); }  // FlushFileBuffers

int rename(const wchar_t* from, const wchar_t* to) {
  return MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ? 0 : failed();
}

int unlink(const wchar_t* path) { return _wunlink(path); }

#else

std::int64_t physical_memory() {
  return std::min<std::int64_t>(std::int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE), PTRDIFF_MAX);
}

void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  void* block = nullptr;
  return posix_memalign(&block, alignment, bytes) == 0 ? block : nullptr;
}
void free_aligned(void* block) { std::free(block); }

bool is_running(std::int64_t process) { return kill(pid_t(process), 0) == 0 || errno != ESRCH; }

#endif

}  // namespace latent
