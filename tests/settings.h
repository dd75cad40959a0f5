// Changes a global setting of the engine for the time of a scope.
#pragma once
#include "engine/level.h"
#include "engine/parallel.h"

namespace latent::test {

struct Threads {
  explicit Threads(int count) { set_threads(count); }
  ~Threads() { set_threads(before); }
  const int before = threads();
};

struct Level {
  explicit Level(const std::string& name) { set_level(name); }
  ~Level() { set_level(before); }
  const std::string before = level();
};

// f(name) at each SIMD level of this machine
template <class F> void for_each_level(F f) {
  for (const std::string& name : levels()) {
    const Level scope(name);
    f(name);
  }
}

}  // namespace latent::test
