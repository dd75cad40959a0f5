// Times the ops in which training spends its time, forward and backward apart: one line of JSON for each, with the
// names of torch_ops.py.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/machine.h"
#include "bench/measure.h"
#include "engine/engine.h"
#include "nn/optimizer.h"

using namespace latent;
using nlohmann::ordered_json;

namespace {

bench::Effort effort;

void print(const std::string& op, const std::string& pass, double seconds,
           const ordered_json& more = ordered_json::object()) {
  ordered_json line = {{"op", op}, {"pass", pass}, {"threads", threads()}, {"simd", level()}, {"ms", seconds * 1e3}};
  line.update(more);
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

// Measures f alone, as torch_ops.py does: other work in between would change the caches.
double seconds_of(const std::function<void()>& f) { return interleaved({f}, effort)[0]; }

Tensor normal(const Shape& shape, std::uint64_t seed = 1) {
  Generator generator(seed);
  return randn(shape, generator);
}

// The roofline of an op that must move `bytes`: their time at the bandwidth of the copy, copy_bytes in `copy` seconds.
ordered_json bandwidth_roof(double bytes, double seconds, double copy) {
  const double rate = bench::copy_bytes / copy;
  return {{"roof", "copy"},
          {"roof_ms", bytes / rate * 1e3},
          {"copy_gb_per_s", rate / 1e9},
          {"of_roof", bytes / rate / seconds}};
}

// Times the forward pass, which records a graph, and the backward pass of one graph.  Each reads and writes the given
// number of arrays of y's size, and has a roof if y is too large for a cache.
void passes(const std::string& op, const Tensors& leaves, int forward_arrays, int backward_arrays,
            const std::function<Tensor()>& f) {
  const Tensor y = f(), g = normal(y.shape(), 9);
  const double forward = seconds_of([&] { f(); }), backward = seconds_of([&] { grad(y, leaves, false, g); });
  static const double copy = seconds_of(bench::copy_work());
  const double bytes = 4.0 * double(y.size());
  const auto roof = [&](int arrays, double seconds) {
    return bytes > (8 << 20) ? bandwidth_roof(arrays * bytes, seconds, copy) : ordered_json::object();
  };
  print(op, "forward", forward, roof(forward_arrays, forward));
  print(op, "backward", backward, roof(backward_arrays, backward));
}

void rowwise(Index rows, Index n) {
  const std::string size = fmt::format(" {} x {}", rows, n);
  Tensor x = normal({rows, n}).require_grad(), w = normal({n}).require_grad(), b = normal({n}).require_grad();
  passes("softmax" + size, {x}, 2, 3, [&] { return softmax(x); });
  passes("layer_norm" + size, {x, w, b}, 2, 3, [&] { return layer_norm(x, w, b); });
  passes("gelu" + size, {x}, 2, 4, [&] { return gelu(x); });

  nn::Optimizer optimizer(nn::AdamW{}, {{.parameters = {{"x", x}}, .weight_decay = 0.1}});
  backward(sum(x * normal({rows, n}, 3)));
  print("AdamW" + size, "step", seconds_of([&] { optimizer.step(1e-3); }));
}

void attend(const std::string& name, const Shape& q_shape, const Shape& kv_shape, bool causal = false) {
  Tensor q = normal(q_shape, 1).require_grad(), k = normal(kv_shape, 2).require_grad(),
         v = normal(kv_shape, 3).require_grad();
  const Tensor g = normal(q_shape, 4);
  const auto both = [&] { grad(attention(q, k, v, {.causal = causal}), {q, k, v}, false, g); };
  const std::vector<double> times = interleaved({both, bench::fma_work(threads())}, effort);
  double pairs = double(q.size()) * double(k.size(2)) / double(q.size(3));  // of a query and a key that the query sees
  if (causal) pairs *= double(q.size(2) + 1) / double(2 * k.size(2));
  const double least =
      7 * 2 * pairs * double(q.size(3)) * times[1] / bench::fma_flops(threads());  // 2 products forward, 5 backward
  print("attention " + name, "forward + backward", times[0],
        {{"roof", "peak"}, {"roof_ms", least * 1e3}, {"of_roof", least / times[0]}});
}

// Times ops on arrays too large for any cache, beside a copy of 64 MiB by memcpy.
void bandwidth() {
  const Index n = 16 << 20;
  const double bytes = 4.0 * double(n);
  const Tensor a = normal({n}), b = normal({n}, 2), to = zeros({n});
  const NoGrad off;
  const double roof = seconds_of(bench::copy_work());
  const auto show = [&](const char* op, double moved, const std::function<void()>& f) {
    const double seconds = seconds_of(f);
    print(fmt::format("{} 64 MiB", op), "forward", seconds, bandwidth_roof(moved, seconds, roof));
  };
  show("add", 3 * bytes, [&] { a + b; });
  show("copy", 2 * bytes, [&] { to.copy_from(a); });
  show("sum", bytes, [&] { sum(a); });
}

void small_tensors() {
  Tensor w = normal({64}).require_grad();
  const Tensor one = ones({64});
  const auto chain = [&] {
    Tensor y = w;
    for (int i = 0; i < 500; ++i) y = (y * w) + one;
    grad(sum(y), {w});
  };
  print("1,000 ops on 64 values", "forward + backward", seconds_of(chain));
}

// Peak bytes of tensors in attention, forward and backward, without the inputs; the gradients are included.
void attention_memory() {
  for (Index T = 1024; T <= 262144; T *= 4) {
    Tensor q = normal({1, 1, 64, 32}, 1).require_grad(), k = normal({1, 1, T, 32}, 2).require_grad(),
           v = normal({1, 1, T, 32}, 3).require_grad();
    const Index before = memory().current;
    reset_peak_memory();
    const Tensors gradients = grad(sum(attention(q, k, v)), {q, k, v});
    Index kept = 0;
    for (const Tensor& gradient : gradients) kept += gradient.storage()->bytes;
    const ordered_json line = {{"op", "attention memory, N 64"}, {"T", T},
                               {"threads", threads()},           {"peak_bytes", memory().peak - before},
                               {"of_these_gradients", kept},     {"scores_would_be", 64 * T * 4}};
    fmt::print("{}\n", line.dump());
  }
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Times single ops: lines of JSON");
  int wanted_threads = threads();
  app.add_option("--threads", wanted_threads, "Threads of the ops")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--rounds", effort.rounds, "Rounds of measurement, of which the median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  set_threads(wanted_threads);
  attend("(64, 1, 32, 784 x 35)", {64, 1, 32, 35}, {64, 1, 784, 35});
  attend("(32, 1, 64, 1024 x 99)", {32, 1, 64, 99}, {32, 1, 1024, 99});
  attend("(8, 4, 1024, 1024 x 32)", {8, 4, 1024, 32}, {8, 4, 1024, 32});
  attend("(8, 4, 512, 512 x 32) causal", {8, 4, 512, 32}, {8, 4, 512, 32}, true);
  rowwise(2048, 128);
  rowwise(65536, 64);
  bandwidth();
  small_tensors();
  attention_memory();
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_ops: {}\n", error.what());
  return 1;
}
