// Compares the SIMD levels of this machine: single ops at every level, on one thread, with Google Benchmark.
#include <benchmark/benchmark.h>

#include "engine/engine.h"

using namespace latent;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed = 1) {
  Generator generator(seed);
  return randn(shape, generator);
}

// Calls f repeatedly at a SIMD level; `values`: the values, or floating-point operations, of one call.
void run(benchmark::State& state, const std::string& simd, double values, const std::function<void()>& f) {
  set_level(simd);
  set_threads(1);
  const NoGrad off;
  for (auto _ : state) f();
  state.counters["per_second"] = benchmark::Counter(values, benchmark::Counter::kIsIterationInvariantRate);
}

void add(const std::string& name, double values, const std::function<void()>& f) {
  for (const std::string& simd : levels())
    benchmark::RegisterBenchmark((name + "/" + simd).c_str(),
                                 [=](benchmark::State& state) { run(state, simd, values, f); });
}

}  // namespace

int main(int argc, char** argv) {
  const Tensor x = normal({2048, 128}), y = normal({2048, 128}, 2), weight = normal({128}), bias = normal({128}, 3);
  const double n = double(x.size());
  add("add", n, [=] { x + y; });
  add("exp", n, [=] { exp(x); });
  add("tanh", n, [=] { tanh(x); });
  add("gelu", n, [=] { gelu(x); });
  add("sum", n, [=] { sum(x); });
  add("softmax", n, [=] { softmax(x); });
  add("layer_norm", n, [=] { layer_norm(x, weight, bias); });
  const Tensor a = normal({256, 256}), b = normal({256, 256}, 2);
  add("matmul_256", 2.0 * 256 * 256 * 256, [=] { matmul(a, b); });
  const Tensor q = normal({1, 4, 128, 32}), k = normal({1, 4, 512, 32}, 2), v = normal({1, 4, 512, 32}, 3);
  add("attention_128_512", 2.0 * 2 * 4 * 128 * 512 * 32, [=] { attention(q, k, v); });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
