// The memory limit of the process, which in a container is less than the machine's memory.
#pragma once
#include <cstdint>
#include <filesystem>

namespace latent {

// Bytes: the least of the machine's memory, the limits of the control groups around the process (memory.max of version
// 2, memory.limit_in_bytes of version 1) and RLIMIT_AS.  proc/ and sys/ are looked for in `root`.
std::int64_t memory_limit(const std::filesystem::path& root = "/");

}  // namespace latent
