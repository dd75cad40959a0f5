#include "engine/level.h"

#include <cstdlib>

#include "engine/archs.h"
#include "engine/error.h"

namespace latent {
namespace {

struct Level {
  const char* name;
  bool supported;
};

// By the compiler's runtime: xsimd 8.1 does not check whether the operating system saves the registers.
#if defined(__x86_64__) || defined(__i386__)
[[maybe_unused]] Level describe(xsimd::avx512bw) {
  return {"avx512", __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")};
}
[[maybe_unused]] Level describe(xsimd::fma3<xsimd::avx2>) {
  return {"avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")};
}
[[maybe_unused]] Level describe(xsimd::sse2) { return {"sse2", true}; }
#else
Level describe(xsimd::neon64) { return {"neon64", true}; }
#endif

template <class... Arch> std::vector<Level> describe_all(ArchList<Arch...>) { return {describe(Arch{})...}; }

const std::vector<Level>& all() {
  static const std::vector<Level> list = describe_all(Archs{});
  return list;
}

int find(const std::string& name) {
  for (size_t i = 0; i < all().size(); ++i)
    if (all()[i].name == name && all()[i].supported) return int(i);
  std::string known;
  for (const std::string& each : levels()) known += (known.empty() ? "" : ", ") + each;
  fail("SIMD level: {}, and this machine has {}", name, known);
}

int first_choice() {
  const char* forced = std::getenv("LATENT_SIMD");
  return find(forced && *forced ? forced : levels().front());
}

int& current() {
  static int level = first_choice();
  return level;
}

}  // namespace

std::vector<std::string> levels() {
  std::vector<std::string> names;
  for (const Level& level : all())
    if (level.supported) names.push_back(level.name);
  return names;
}

int level_index() { return current(); }
std::string level() { return all()[current()].name; }
void set_level(const std::string& name) { current() = find(name); }

}  // namespace latent
