// The profiler behind --profile: time, calls, FLOP/s and bytes of each op, and a trace for chrome://tracing or
// Perfetto.
#pragma once
#include <filesystem>
#include <map>
#include <optional>

#include "engine/profile.h"

namespace latent::train {

class Profiler {
 public:
  explicit Profiler(std::filesystem::path trace = {}) : trace_(std::move(trace)) {}  // file of the trace; empty: none

  void begin_step();
  void end_step();  // rewrites the trace file after each of the first steps

  std::string table() const;  // means over all steps, of all threads together, the slowest op first

 private:
  struct Row {
    Index calls = 0;
    double seconds = 0, flops = 0, bytes = 0;
  };
  void write_trace() const;

  std::filesystem::path trace_;
  std::optional<Profile> profile_;                    // while a step lasts
  std::map<std::pair<std::string, bool>, Row> rows_;  // key: name of the op, and whether the pass is backward
  std::vector<std::vector<ProfileEvent>> first_steps_;
  Index steps_ = 0;
};

}  // namespace latent::train
