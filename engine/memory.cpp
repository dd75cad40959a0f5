#include "engine/memory.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <vector>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "engine/error.h"
#include "engine/system.h"

namespace latent {
namespace {

using Index = std::int64_t;

std::atomic<Index> current_bytes{0}, peak_bytes{0};

Index limit() {
  static const Index bytes = physical_memory();
  return bytes;
}

// Blocks have 8 sizes for every power of two, so that a block fits many requests and little of it is wasted.
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

class Pool {
 public:
  void* take(const SizeClass& size) {
    {
      const std::lock_guard lock(mutex_);
      if (auto& blocks = kept_[size.index]; !blocks.empty()) {
        void* const block = blocks.back();
        blocks.pop_back();
        kept_bytes_ -= size.bytes;
        return block;
      }
      if (current_bytes + kept_bytes_ + size.bytes > limit()) release();
    }
    return allocate(size.bytes);
  }

  void give(void* block, const SizeClass& size) {
    const std::lock_guard lock(mutex_);
    kept_[size.index].push_back(block);
    kept_bytes_ += size.bytes;
  }

 private:
  void release() {
    for (auto& blocks : kept_) {
      for (void* block : blocks) free_aligned(block);
      blocks.clear();
    }
    kept_bytes_ = 0;
  }

  std::mutex mutex_;
  std::array<std::vector<void*>, 1024> kept_;  // by size class
  Index kept_bytes_ = 0;
};

Pool& pool() {
  static Pool& the = *new Pool;  // never destroyed: tensors may outlive any order of destruction
  return the;
}

}  // namespace

Memory memory() { return {current_bytes, peak_bytes}; }
void reset_peak_memory() { peak_bytes = current_bytes.load(); }

void* take_memory(Index bytes) {
  // Linux promises more memory than there is, and ends programs that believe it.
  void* const block = bytes <= limit() - current_bytes ? pool().take(SizeClass(bytes)) : nullptr;
  if (!block)
    fail("memory: {} bytes for a tensor are not to be had; tensors hold {} now, and the machine has {}", bytes,
         current_bytes.load(), limit());
  const Index now = current_bytes += bytes;
  for (Index peak = peak_bytes; now > peak && !peak_bytes.compare_exchange_weak(peak, now);) {}
  return block;
}

void give_memory(void* block, Index bytes) {
  current_bytes -= bytes;
#ifdef __SANITIZE_ADDRESS__
  free_aligned(block);  // so that what is used after its end is found
#else
  pool().give(block, SizeClass(bytes));
#endif
}

}  // namespace latent
