#include "engine/memory.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <new>
#include <utility>
#ifdef __linux__
#include <sys/mman.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "engine/error.h"
#include "engine/memory_limit.h"
#include "engine/system.h"

namespace latent {
namespace {

using Index = std::int64_t;

// Whether freed blocks are kept for reuse.  Not under the address sanitizer: it could not find a use after free.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps_blocks = false;  // g++
#elif defined(__has_feature)
constexpr bool keeps_blocks = !__has_feature(address_sanitizer);  // clang++
#else
constexpr bool keeps_blocks = true;
#endif

std::atomic<Index> current_bytes{0}, peak_bytes{0};

Index limit() {
  static const Index bytes = memory_limit();
  return bytes;
}

// Size classes: 8 for every power of two, so that a block fits many requests and little of it is wasted.
struct SizeClass {
  std::size_t index;
  Index bytes;

  explicit SizeClass(Index wanted) {
    const auto units = std::max<std::uint64_t>(1, (std::uint64_t(wanted) + 63) / 64);
    const int shift = std::max(0, int(std::bit_width(units)) - 4);
    const std::uint64_t steps = (units + (std::uint64_t(1) << shift) - 1) >> shift;  // 1 to 16
    index = std::size_t(shift) * 16 + steps;
    bytes = Index(steps << shift) * 64;
  }
};

void* allocate(Index bytes) {
  constexpr Index huge_page = 2 << 20;
  const bool large = bytes >= 2 * huge_page;
  void* const block = allocate_aligned(std::size_t(bytes), large ? huge_page : 64);
#ifdef __linux__
  if (large && block) madvise(block, std::size_t(bytes / huge_page * huge_page), MADV_HUGEPAGE);
#endif
  return block;
}

// Free blocks.  Threads share several pools, so that they seldom wait for each other.
class Pool {
 public:
  void* take(const SizeClass& size) {
    if (kept_bytes < size.bytes) return nullptr;
    const std::lock_guard lock(mutex_);
    Block*& first = kept_[size.index];
    if (!first) return nullptr;
    kept_bytes -= size.bytes;
    return std::exchange(first, first->next);
  }

  void give(void* block, const SizeClass& size) {
    const std::lock_guard lock(mutex_);
    kept_[size.index] = new (block) Block{kept_[size.index]};
    kept_bytes += size.bytes;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (Block*& first : kept_)
      while (first) free_aligned(std::exchange(first, first->next));
    kept_bytes = 0;
  }

  std::atomic<Index> kept_bytes{0};

 private:
  struct Block {  // header of a free block, stored in the block itself
    Block* next;
  };
  std::mutex mutex_;
  std::array<Block*, 1024> kept_ = {};  // lists by size class
};

class Pools {
 public:
  // From this thread's pool, else from another's, else from the system.
  void* take(const SizeClass& size) {
    const std::size_t mine = own();
    for (std::size_t i = 0; i < pools_.size(); ++i)
      if (void* const block = pools_[(mine + i) % pools_.size()].take(size)) return block;
    Index kept = 0;
    for (const Pool& pool : pools_) kept += pool.kept_bytes;
    if (current_bytes + kept > limit()) trim();
    if (void* const block = allocate(size.bytes)) return block;
    trim();
    return allocate(size.bytes);
  }

  void give(void* block, const SizeClass& size) { pools_[own()].give(block, size); }

  void trim() {
    for (Pool& pool : pools_) pool.release();
#ifdef __GLIBC__
    malloc_trim(0);  // else glibc keeps small blocks for itself
#endif
  }

 private:
  std::size_t own() {
    thread_local const std::size_t number = next_++;
    return number % pools_.size();
  }

  std::array<Pool, 32> pools_;
  std::atomic<std::size_t> next_{0};
};

Pools& pools() {
  static Pools& the = *new Pools;  // never destroyed: a static tensor may be destroyed later
  return the;
}

}  // namespace

Memory memory() { return {current_bytes, peak_bytes}; }
void reset_peak_memory() { peak_bytes = current_bytes.load(); }
void trim_memory() { pools().trim(); }

void* allocate(Index bytes) {
  // Linux overcommits: malloc() succeeds even for memory that does not exist, and touching it kills the process.
  const auto refuse = [bytes] {
    fail("memory: {} bytes for a tensor cannot be allocated; tensors hold {} now, and the limit is {}", bytes,
         current_bytes.load(), limit());
  };
  if (bytes > limit()) refuse();
  const Index now = current_bytes += bytes;  // first, as other threads allocate as well
  void* const block = now <= limit() ? pools().take(SizeClass(bytes)) : nullptr;
  if (!block) {
    current_bytes -= bytes;
    refuse();
  }
  for (Index peak = peak_bytes; now > peak && !peak_bytes.compare_exchange_weak(peak, now);) {}
  return block;
}

void deallocate(void* block, Index bytes) {
  current_bytes -= bytes;
  if (keeps_blocks)
    pools().give(block, SizeClass(bytes));
  else
    free_aligned(block);
}

}  // namespace latent
