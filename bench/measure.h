// How the benchmarks measure: they call functions in turn, so that other load on the machine affects all alike, and
// take the median.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "examples/app/timing.h"

namespace latent::bench {

using examples::median;
using examples::seconds;

struct Effort {
  int rounds = 15;
  double round = 0.02;  // seconds of a round for one function, which is called repeatedly
};

// The median seconds of one call of each function.
inline std::vector<double> interleaved(const std::vector<std::function<void()>>& functions, const Effort& effort = {}) {
  std::vector<int> calls;
  for (const auto& f : functions) {
    f();  // memory, threads and caches are ready after the first
    const double begin = seconds();
    f();
    calls.push_back(std::clamp(int(effort.round / (seconds() - begin)), 1, 1 << 20));
  }
  std::vector<std::vector<double>> times(functions.size());
  for (int round = 0; round < effort.rounds; ++round)
    for (std::size_t i = 0; i < functions.size(); ++i) {
      const double begin = seconds();
      for (int call = 0; call < calls[i]; ++call) functions[i]();
      times[i].push_back((seconds() - begin) / calls[i]);
    }
  std::vector<double> medians;
  for (const auto& each : times) medians.push_back(median(each));
  return medians;
}

}  // namespace latent::bench
