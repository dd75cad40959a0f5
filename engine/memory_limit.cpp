#include "engine/memory_limit.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#ifndef _WIN32
#include <sys/resource.h>
#endif

#include "engine/system.h"

namespace latent {
namespace {

namespace fs = std::filesystem;
using Index = std::int64_t;

constexpr Index unlimited = std::numeric_limits<Index>::max();

// Unlimited where there is no number: no such file, or "max".
Index number_in(const fs::path& path) {
  std::ifstream file(path);
  Index number;
  return file >> number ? number : unlimited;
}

// The smallest number in the files `name` of a group and of the groups around it, whose limits hold as well.
Index least_around(const fs::path& mount, const std::string& group, const char* name) {
  Index least = unlimited;
  for (fs::path at = fs::path(group).relative_path();; at = at.parent_path()) {
    least = std::min(least, number_in(mount / at / name));
    if (at.empty()) return least;
  }
}

// The lines of proc/self/cgroup are NUMBER:CONTROLLERS:GROUP; in version 2 CONTROLLERS is empty.
Index limit_of_groups(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  Index least = unlimited;
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',',
                      group = line.substr(second + 1);
    if (controllers == ",,") least = std::min(least, least_around(mount, group, "memory.max"));
    if (controllers.find(",memory,") != std::string::npos)
      least = std::min(least, least_around(mount / "memory", group, "memory.limit_in_bytes"));
  }
  return least;
}

Index limit_of_addresses() {
#ifndef _WIN32
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < rlim_t(unlimited)) return Index(limit.rlim_cur);
#endif
  return unlimited;
}

}  // namespace

Index memory_limit(const fs::path& root) {
  return std::min({physical_memory(), limit_of_groups(root), limit_of_addresses()});
}

}  // namespace latent
