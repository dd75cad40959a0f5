// Where tensors get their bytes.  What is given back is kept and used again: asking the system anew costs a page fault
// for every 4 KiB, more than most operations on them.
#pragma once
#include <cstdint>

namespace latent {

// The bytes that all tensors hold together, now and at most since the last reset.
struct Memory {
  std::int64_t current = 0, peak = 0;
};
Memory memory();
void reset_peak_memory();

// Gives the system all that is kept for use again.  It happens by itself where the system has no more, or memory_limit() would
// be passed; a program calls it when its tensors will be smaller from now on.
void trim_memory();

// 64-byte aligned; Error if the system refuses, or tensors would hold more than memory_limit().  give_memory() wants the same
// number of bytes.
void* take_memory(std::int64_t bytes);
void give_memory(void* block, std::int64_t bytes);

}  // namespace latent
