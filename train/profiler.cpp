#include "train/profiler.h"

#include <algorithm>

#include "engine/atomic_file.h"

namespace latent::train {

void Profiler::begin_step() { profile_.emplace(); }

void Profiler::end_step() {
  constexpr Index traced = 10;
  profile_mark("other");
  std::vector<ProfileEvent> events = profile_->take();
  profile_.reset();
  for (const ProfileEvent& event : events) {
    Row& row = rows_[{event.name, event.backward}];
    ++row.calls;
    row.seconds += event.seconds, row.flops += event.flops, row.bytes += double(event.bytes);
  }
  if (++steps_ > traced || trace_.empty()) return;
  first_steps_.push_back(std::move(events));
  write_trace();
}

// The format: "Trace Event Format", complete events ("X"), times in microseconds.
void Profiler::write_trace() const {
  std::string text = "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [";
  double begin = 0;
  const char* separator = "\n";
  for (const auto& step : first_steps_) {
    for (const ProfileEvent& e : step) {
      text += fmt::format(
          "{}{{\"name\": \"{}\", \"cat\": \"{}\", \"ph\": \"X\", \"pid\": 1, \"tid\": {}, \"ts\": {:.3f}, "
          "\"dur\": {:.3f}, \"args\": {{\"flops\": {:.0f}, \"bytes\": {}}}}}",
          separator, e.name, e.backward ? "backward" : "forward", 1 + e.thread, (begin + e.begin) * 1e6,
          e.seconds * 1e6, e.flops, e.bytes);
      separator = ",\n";
    }
    if (!step.empty()) begin += step.back().begin + step.back().seconds;
  }
  text += "\n]}\n";
  write_text(trace_, text);
}

std::string Profiler::table() const {
  if (steps_ == 0) return "";
  std::vector<std::pair<std::string, Row>> rows;
  Row all;
  for (const auto& [key, row] : rows_) {
    rows.emplace_back(key.first + (key.second ? ", backward" : ""), row);
    all.calls += row.calls, all.seconds += row.seconds, all.flops += row.flops, all.bytes += row.bytes;
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  rows.emplace_back("all", all);
  std::string text =
      fmt::format("{:<26} {:>8} {:>9} {:>7} {:>8} {:>7}\n", "op, a step", "calls", "ms", "share", "GFLOP/s", "GB/s");
  const double steps = double(steps_);
  for (const auto& each : rows) {
    const Row& row = each.second;
    const auto rate = [&](double amount) {
      return amount > 0 ? fmt::format("{:.1f}", amount / row.seconds / 1e9) : std::string("-");
    };
    text += fmt::format("{:<26} {:>8.1f} {:>9.3f} {:>6.1f}% {:>8} {:>7}\n", each.first, double(row.calls) / steps,
                        row.seconds / steps * 1e3, 100 * row.seconds / all.seconds, rate(row.flops), rate(row.bytes));
  }
  return text;
}

}  // namespace latent::train
