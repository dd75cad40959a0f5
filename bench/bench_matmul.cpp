// Times f32 matrix products at the shapes that the models use, beside OpenBLAS if it is installed and the peak of the
// registers: one line of JSON per shape, or a table.
#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/machine.h"
#include "bench/measure.h"
#include "engine/engine.h"
#include "examples/app/program.h"

using namespace latent;
using nlohmann::ordered_json;

namespace {

struct Product {
  Index batch, m, k, n;
  bool a_transposed = false, b_transposed = false;

  double flops() const { return 2.0 * double(batch * m) * double(k * n); }
  std::string name() const {
    return fmt::format("{}{}{} @ {}{}", batch > 1 ? fmt::format("{} of ", batch) : "", fmt::format("({}, {})", m, k),
                       a_transposed ? "ᵀ" : "", fmt::format("({}, {})", k, n), b_transposed ? "ᵀ" : "");
  }
};

const std::vector<Product> products = {
    {1, 1024, 1024, 1024},
    {1, 512, 512, 512},
    {1, 2048, 128, 128},
    {1, 4096, 256, 1024},
    {1, 8192, 64, 64},
    {1, 128, 784, 64},
    {1, 2048, 64, 256},
    {1, 50176, 35, 64},
    {256, 32, 64, 32},
    {1, 1024, 1024, 1024, true},
    {1, 1024, 1024, 1024, false, true},
};

// OpenBLAS, loaded at run time, so that the build does not need it.
class OpenBlas {
 public:
  OpenBlas() {
    void* const library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    sgemm_ = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
    set_threads_ = reinterpret_cast<SetThreads>(dlsym(library, "openblas_set_num_threads"));
  }
  explicit operator bool() const { return sgemm_ && set_threads_; }

  // Our threads share a batch, with each product on one thread; OpenBLAS itself parallelises a single product.
  void operator()(const Product& p, const float* a, const float* b, float* c) {
    const bool many = p.batch > 1;
    const int wanted = many ? 1 : threads();
    if (wanted != set_) set_threads_(set_ = wanted);
    parallel_for(p.batch, std::max<Index>(1, p.batch / threads()), [&](Index i, Index end) {
      for (; i < end; ++i) one(p, a + i * p.m * p.k, b + i * p.k * p.n, c + i * p.m * p.n);
    });
  }

 private:
  using Sgemm = void (*)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float* a, int lda,
                         const float* b, int ldb, float beta, float* c, int ldc);
  using SetThreads = void (*)(int);

  void one(const Product& p, const float* a, const float* b, float* c) const {
    constexpr int row_major = 101, plain = 111, transposed = 112;
    sgemm_(row_major, p.a_transposed ? transposed : plain, p.b_transposed ? transposed : plain, int(p.m), int(p.n),
           int(p.k), 1, a, int(p.a_transposed ? p.m : p.k), b, int(p.b_transposed ? p.k : p.n), 0, c, int(p.n));
  }

  Sgemm sgemm_ = nullptr;
  SetThreads set_threads_ = nullptr;
  int set_ = 0;  // number of threads last set
};

ordered_json measure(const Product& p, OpenBlas& openblas, const bench::Effort& effort) {
  Generator generator(1);
  const Tensor a = randn(p.a_transposed ? Shape{p.batch, p.k, p.m} : Shape{p.batch, p.m, p.k}, generator);
  const Tensor b = randn(p.b_transposed ? Shape{p.batch, p.n, p.k} : Shape{p.batch, p.k, p.n}, generator);
  const Tensor left = p.a_transposed ? transpose(a) : a, right = p.b_transposed ? transpose(b) : b;
  const Tensor c = zeros({p.batch, p.m, p.n});
  const auto peer = [&] { openblas(p, a.data<float>(), b.data<float>(), c.mutable_data<float>()); };
  std::vector<std::function<void()>> work = {[&] { matmul(left, right); }, bench::fma_work(threads())};
  if (openblas) {
    work.push_back(peer);
    peer();
    const double error = max(abs(matmul(left, right) - c)).item();
    if (!(error < 1e-3)) fail("{}: differs from OpenBLAS by {}", p.name(), error);
  }
  const std::vector<double> times = interleaved(work, effort);
  ordered_json line = {{"shape", p.name()},
                       {"batch", p.batch},
                       {"m", p.m},
                       {"k", p.k},
                       {"n", p.n},
                       {"a_transposed", p.a_transposed},
                       {"b_transposed", p.b_transposed},
                       {"threads", threads()},
                       {"simd", level()}};
  line["gflops"] = p.flops() / times[0] / 1e9;
  line["peak_gflops"] = bench::fma_flops(threads()) / times[1] / 1e9;
  line["peer_gflops"] = openblas ? ordered_json(p.flops() / times[2] / 1e9) : ordered_json();
  line["ratio"] = openblas ? ordered_json(times[2] / times[0]) : ordered_json();
  return line;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Times f32 matrix products beside OpenBLAS");
  int wanted_threads = threads();
  bench::Effort effort;
  bool as_json = false;
  app.add_option("--threads", wanted_threads, "Threads of the ops")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--rounds", effort.rounds, "Rounds of measurement, of which the median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--json", as_json, "Print lines of JSON");
  CLI11_PARSE(app, argc, argv);
  set_threads(wanted_threads);
  OpenBlas openblas;
  if (!as_json) examples::start(wanted_threads, 1);
  if (!as_json)
    fmt::print("{:<32} {:>8} {:>8} {:>8} {:>6} {:>7}\n", "GFLOP/s", "latent", "peak", "OpenBLAS", "ratio", "of peak");
  for (const Product& p : products) {
    const ordered_json line = measure(p, openblas, effort);
    if (as_json) {
      fmt::print("{}\n", line.dump());
    } else {
      const double ours = line["gflops"], peak = line["peak_gflops"];
      fmt::print("{:<32} {:>8.1f} {:>8.1f} {:>8} {:>6} {:>6.0f}%\n", p.name(), ours, peak,
                 openblas ? fmt::format("{:.1f}", double(line["peer_gflops"])) : "-",
                 openblas ? fmt::format("{:.2f}", double(line["ratio"])) : "-", 100 * ours / peak);
    }
    std::fflush(stdout);
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_matmul: {}\n", error.what());
  return 1;
}
