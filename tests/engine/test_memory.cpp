// Where tensors get their bytes: limits, and what is given back.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/memory_limit.h"
#include "tests/catch.h"
#include "tests/error_of.h"

using namespace latent;
using namespace latent::test;

namespace fs = std::filesystem;

extern "C" int __asan_address_is_poisoned(const volatile void*) __attribute__((weak));  // null without the sanitizer
extern "C" void __tsan_acquire(void*) __attribute__((weak));

namespace {

bool is_sanitized() { return __asan_address_is_poisoned || __tsan_acquire; }

// Bytes of the process: those that it has reserved, and those that lie in memory.  0 where the system does not tell.
Index size_of_process(bool in_memory) {
  std::ifstream file("/proc/self/statm");
  Index reserved = 0, resident = 0;
  file >> reserved >> resident;
  return (in_memory ? resident : reserved) * sysconf(_SC_PAGESIZE);
}
Index addresses() { return size_of_process(false); }
Index in_memory() { return size_of_process(true); }

// Limits memory to this number of bytes more than now.  Emulators may pass over it.
struct FewerAddresses {
  explicit FewerAddresses(Index more) {
    getrlimit(RLIMIT_AS, &before);
    const rlimit less{rlim_t(addresses() + more), before.rlim_max};
    setrlimit(RLIMIT_AS, &less);
    rlimit now;
    holds = getrlimit(RLIMIT_AS, &now) == 0 && now.rlim_cur == less.rlim_cur;
  }
  ~FewerAddresses() { setrlimit(RLIMIT_AS, &before); }
  rlimit before;
  bool holds;
};

// A machine's files below a folder, for a time.
struct Machine {
  explicit Machine(const std::map<std::string, std::string>& files) {
    for (const auto& [name, text] : files) {
      fs::create_directories((root / name).parent_path());
      std::ofstream(root / name) << text << '\n';
    }
  }
  ~Machine() { fs::remove_all(root); }
  const fs::path root = fs::temp_directory_path() / fmt::format("latent-machine-{}", getpid());
};

}  // namespace

TEST_CASE("memory: what is kept is given back where the system has no more") {
  if (is_sanitized() || addresses() == 0) return fmt::print("skipped: needs /proc, and no sanitizer\n");
  trim_memory();
  const FewerAddresses scope(100 << 20);
  if (!scope.holds) return fmt::print("skipped: needs RLIMIT_AS\n");
  for (int round = 0; round < 3; ++round)
    for (Index kilobytes = 100; kilobytes <= 40000; kilobytes += kilobytes / 4)  // 200 MB in all, 40 MB at a time
      CHECK(zeros({kilobytes * 256}).size() == kilobytes * 256);
  const Index too_much = addresses() + (200 << 20);  // more than all gaps between what is in use
  CHECK(error_of([&] {
          zeros({too_much / 4});
        }).starts_with(fmt::format("memory: {} bytes for a tensor cannot be allocated; tensors hold ", too_much)));
  CHECK(zeros({10 << 18}).size() == 10 << 18);  // and goes on
}

TEST_CASE("memory: trim_memory() gives back what is kept") {
  if (is_sanitized() || addresses() == 0) return fmt::print("skipped: needs /proc, and no sanitizer\n");
  trim_memory();
  const Index before = in_memory(), live = memory().current;
  for (Index megabytes = 20; megabytes <= 60; megabytes += 5) zeros({megabytes << 18});
  CHECK(in_memory() - before > Index(200) << 20);
  trim_memory();
  CHECK(in_memory() - before < Index(30) << 20);
  CHECK(memory().current == live);
}

TEST_CASE("memory: the limit is the least of the machine and of the groups around the process") {
  const Index machine = memory_limit("/nowhere");
  CHECK(machine > 0);
  CHECK(memory_limit() <= machine);
  struct Case {
    std::map<std::string, std::string> files;
    Index limit;
  };
  const std::vector<Case> cases{
      {{{"proc/self/cgroup", "0::/"}, {"sys/fs/cgroup/memory.max", "1000000"}}, 1000000},
      {{{"proc/self/cgroup", "0::/"}, {"sys/fs/cgroup/memory.max", "max"}}, machine},
      {{{"proc/self/cgroup", "0::/a/b"},
        {"sys/fs/cgroup/a/b/memory.max", "3000000"},
        {"sys/fs/cgroup/a/memory.max", "2000000"}},
       2000000},
      {{{"proc/self/cgroup", "0::/a/b"},
        {"sys/fs/cgroup/a/b/memory.max", "max"},
        {"sys/fs/cgroup/a/memory.max", "max"}},
       machine},
      {{{"proc/self/cgroup", "5:cpu:/x\n4:memory:/a\n0::/"},
        {"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4000000"},
        {"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712"}},
       4000000},
      {{{"proc/self/cgroup", "4:hugetlb,memory:/outside/of/the/container"},
        {"sys/fs/cgroup/memory/memory.limit_in_bytes", "5000000"}},
       5000000},
      {{{"proc/self/cgroup", "4:cpu:/a"}, {"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "6000000"}}, machine},
      {{{"proc/self/cgroup", "no lines as they should be\n:\n::"}, {"sys/fs/cgroup/memory.max", "?"}}, machine}};
  for (const auto& [files, limit] : cases) {
    const Machine there(files);
    INFO(files.begin()->second);
    CHECK(memory_limit(there.root) == limit);
  }
  const FewerAddresses scope(Index(1) << 30);
  if (!is_sanitized() && addresses() > 0 && scope.holds)
    CHECK(memory_limit("/nowhere") <= addresses() + (Index(1) << 30));
}

TEST_CASE("memory: an address sanitizer finds what is used after its end") {
  if (!__asan_address_is_poisoned) return fmt::print("skipped: needs the address sanitizer\n");
  const float* freed = zeros({1000}).data<float>();
  CHECK(__asan_address_is_poisoned(freed));
}
