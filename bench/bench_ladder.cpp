// A ladder of optimisations: the same f32 matrix product from three nested loops to the shipped kernel, with one idea
// per step; then the effects of SIMD levels, threads and fused passes; then attention, from ten lines to the shipped
// kernel.  docs/kernels.md explains the steps; bench/ladder.py writes the numbers into it.
#include <CLI/CLI.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/ladder_steps.h"
#include "bench/machine.h"
#include "bench/measure.h"
#include "engine/dispatch.h"
#include "engine/engine.h"
#include "examples/app/program.h"

using namespace latent;
using nlohmann::ordered_json;

namespace {

struct Row {
  const char* ladder;
  std::string step;
  std::function<Tensor()> work;
  double flops = 0;  // 0: only the time is reported
  Index size = 0;    // of a matrix product
  std::string simd = level();
  int threads = 1;
};

class Ladder {
 public:
  Ladder(Index size, bool as_json)
      : size_(size), flops_(2.0 * double(size) * double(size) * double(size)), as_json_(as_json) {}

  // `all`: including the two steps that take seconds per call
  void matmul_steps(bool all, const bench::Effort& effort) const {
    using Step = bench::LadderProduct::Step;
    const Tensor c = zeros({size_, size_}), scratch = zeros({bench::ladder_scratch});
    const auto step = [&](const char* name, Step which) {
      return Row{"matmul", name,
                 [=, this] {
                   dispatch(bench::LadderProduct{which}, a_.data<float>(), b_.data<float>(), c.mutable_data<float>(),
                            size_, scratch.mutable_data<float>());
                   return c;
                 },
                 flops_, size_};
    };
    std::vector<Row> slow;
    if (all) slow = {step("textbook loops", Step::textbook), step("loop order", Step::loop_order)};
    std::vector<Row> fast = {
        step("SIMD", Step::simd),       step("register tile", Step::register_tile), step("cache blocks", Step::blocks),
        step("packing", Step::packing), shipped("matmul", "shipped kernel"),        shipped("matmul", "all threads")};
    fast.back().threads = threads_;
    const Tensor right = matmul(a_, b_);
    check(slow, right, 1e-6 * double(size_));
    check(fast, right, 1e-6 * double(size_));
    report(slow, {std::max(1, effort.rounds / 5), effort.round});
    report(fast, effort);
  }

  void simd_levels(const bench::Effort& effort) const {
    std::vector<Row> rows;
    for (const std::string& name : levels()) {
      rows.insert(rows.begin(), shipped("levels", name));
      rows.front().simd = name;
    }
    report(rows, effort);
  }

  void thread_counts(const bench::Effort& effort) const {
    std::vector<Row> rows;
    for (int count = 1; count <= threads_; count = count < threads_ ? std::min(2 * count, threads_) : count + 1) {
      rows.push_back(shipped("threads", std::to_string(count)));
      rows.back().threads = count;
    }
    report(rows, effort);
  }

  void softmax_passes(const bench::Effort& effort) const {
    Generator generator(2);
    const Index count = 2048, n = 128;
    const Tensor x = randn({count, n}, generator), y = zeros({count, n}), most = zeros({count}), sums = zeros({count});
    std::vector<Row> rows = {{"softmax", "three passes, value by value",
                              [=] {
                                dispatch(bench::LadderSoftmax{}, x.data<float>(), y.mutable_data<float>(),
                                         most.mutable_data<float>(), sums.mutable_data<float>(), count, n);
                                return y;
                              }},
                             {"softmax", "plain ops of the engine",
                              [=] {
                                const Tensor e = exp(x - max(x, {1}, true));
                                return e / sum(e, {1}, true);
                              }},
                             {"softmax", "one kernel", [=] { return softmax(x, 1); }},
                             {"softmax", "one kernel, all threads", [=] { return softmax(x, 1); }}};
    rows.back().threads = threads_;
    check(rows, softmax(x, 1), 1e-6);
    report(rows, effort);
  }

  void attention_steps(const bench::Effort& effort) const {
    using Step = bench::LadderAttention::Step;
    Generator generator(3);
    const Index N = 512, T = 4096, D = 64;
    const Tensor q = randn({1, 1, N, D}, generator), k = randn({1, 1, T, D}, generator),
                 v = randn({1, 1, T, D}, generator), y = zeros({1, 1, N, D}),
                 scratch = zeros({bench::ladder_attention_scratch(N, T, D)});
    const double flops = 4.0 * N * T * D;
    const auto step = [&](const char* name, Step which) {
      return Row{"attention", name,
                 [=] {
                   dispatch(bench::LadderAttention{which}, q.data<float>(), k.data<float>(), v.data<float>(),
                            y.mutable_data<float>(), N, T, D, scratch.mutable_data<float>());
                   return y;
                 },
                 flops};
    };
    const auto shipped = [=] { return attention(q, k, v); };
    std::vector<Row> rows = {
        step("ten lines", Step::ten_lines),
        step("one query at a time", Step::fused),
        step("online", Step::online),
        step("tiles of keys", Step::tiled),
        step("queries in the lanes", Step::lanes),
        {"attention", "shipped kernel", shipped, flops},
        {"attention", "all threads", shipped, flops, 0, level(), threads_},
        {"attention", "separate ops",
         [=] { return matmul(softmax(matmul(q, transpose(k)) / std::sqrt(double(D)), -1), v); }, flops}};
    check(rows, shipped(), 1e-5);
    report(rows, effort);
  }

 private:
  Row shipped(const char* ladder, const std::string& step) const {
    return {ladder, step, [this] { return matmul(a_, b_); }, flops_, size_};
  }

  static void check(const std::vector<Row>& rows, const Tensor& right, double bound) {
    for (const Row& row : rows)
      if (const double error = max(abs(row.work() - right)).item(); !(error <= bound))
        fail("{}, {}: differs from the shipped kernel by {}; rounding explains at most {}", row.ladder, row.step, error,
             bound);
  }

  // Times the rows in turn, together with the peak of the registers at each level and number of threads.
  void report(const std::vector<Row>& rows, const bench::Effort& effort) const {
    std::vector<std::function<void()>> work;
    const auto add = [&](const std::string& simd, int count, std::function<void()> f) {
      work.push_back([=] {
        set_level(simd);
        set_threads(count);
        f();
      });
    };
    for (const Row& row : rows) add(row.simd, row.threads, row.work);
    std::map<std::pair<std::string, int>, std::pair<std::size_t, double>> peaks;
    for (const Row& row : rows)
      if (const std::pair at{row.simd, row.threads}; row.flops > 0 && !peaks.contains(at)) {
        set_level(row.simd);
        peaks[at] = {work.size(), bench::fma_flops(row.threads)};
        add(row.simd, row.threads, bench::fma_work(row.threads));
      }
    const std::vector<double> times = interleaved(work, effort);
    set_level(level_);
    set_threads(threads_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Row& row = rows[i];
      ordered_json line = {{"ladder", row.ladder}, {"step", row.step}, {"simd", row.simd}, {"threads", row.threads}};
      line["ms"] = 1e3 * times[i];
      if (row.flops > 0) {
        const auto& [at, flops] = peaks[{row.simd, row.threads}];
        if (row.size > 0) line["size"] = row.size;
        line["gflops"] = row.flops / times[i] / 1e9;
        line["peak_gflops"] = flops / times[at] / 1e9;
      }
      print(line);
    }
  }

  void print(const ordered_json& line) const {
    if (as_json_) {
      fmt::print("{}\n", line.dump());
    } else {
      const bool rate = line.contains("gflops");
      fmt::print("{:<8} {:<30} {:>5} {:<7} {:>7} {:>10.3f}", std::string(line["ladder"]), std::string(line["step"]),
                 line.contains("size") ? std::to_string(size_) : "", std::string(line["simd"]), int(line["threads"]),
                 double(line["ms"]));
      if (rate) {
        const double gflops = line["gflops"], peak = line["peak_gflops"];
        fmt::print(" {:>9.2f} {:>9.1f} {:>7.1f}%", gflops, peak, 100 * gflops / peak);
      }
      fmt::print("\n");
    }
    std::fflush(stdout);
  }

  Index size_;
  double flops_;
  bool as_json_;
  std::string level_ = level();
  int threads_ = threads();
  Generator generator_{1};
  Tensor a_ = randn({size_, size_}, generator_), b_ = randn({size_, size_}, generator_);
};

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Times a matrix product, a softmax and attention step by step, from plain loops to the shipped kernels");
  int wanted_threads = threads();
  Index size = 1024;
  bench::Effort effort;
  bool as_json = false;
  app.add_option("--size", size, "Rows and columns of the matrices")
      ->check(CLI::Range(64, 8192))
      ->capture_default_str();
  app.add_option("--threads", wanted_threads, "Threads of the last rows")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--rounds", effort.rounds,
                 "Rounds of measurement, of which the median counts; a fifth of them for the two slow steps")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--json", as_json, "Print lines of JSON");
  CLI11_PARSE(app, argc, argv);
  if (size % bench::size_unit != 0) fail("--size {}: a multiple of {} is needed", size, bench::size_unit);
  set_threads(wanted_threads);
  if (!as_json) {
    examples::start(wanted_threads, 1);
    fmt::print("{:<8} {:<30} {:>5} {:<7} {:>7} {:>10} {:>9} {:>9} {:>8}\n", "ladder", "step", "size", "SIMD", "threads",
               "ms", "GFLOP/s", "peak", "of peak");
  }
  const Ladder ladder(size, as_json);
  ladder.matmul_steps(true, effort);
  Ladder(2 * size, as_json).matmul_steps(false, effort);  // matrices too large for the caches
  ladder.simd_levels(effort);
  ladder.thread_counts(effort);
  ladder.softmax_passes(effort);
  ladder.attention_steps(effort);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_ladder: {}\n", error.what());
  return 1;
}
