// The memory pool of tensors.  Freed blocks are kept and reused: fresh memory from the system costs a page fault for
// every 4 KiB, which takes longer than most operations on these bytes.
#pragma once
#include <cstdint>

namespace latent {

// Bytes held by all tensors together: now, and the peak since the last reset.
struct Memory {
  std::int64_t current = 0, peak = 0;
};
Memory memory();
void reset_peak_memory();

// Returns all kept blocks to the system.  The pool does so itself when an allocation fails or would pass
// memory_limit(); call it when later tensors will be smaller.
void trim_memory();

// 64-byte aligned; Error if the system refuses, or if tensors would hold more than memory_limit().  deallocate() needs
// the same number of bytes.
void* allocate(std::int64_t bytes);
void deallocate(void* block, std::int64_t bytes);

}  // namespace latent
