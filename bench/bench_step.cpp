// Times training steps (forward, backward, AdamW) of a model named in configs.json.  Several processes (mpirun) share
// the steps; the first one prints.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/machine.h"
#include "bench/measure.h"
#include "engine/engine.h"
#include "examples/app/program.h"
#include "models/perceiver.h"
#include "models/transformer.h"
#include "nn/optimizer.h"
#include "train/communicator.h"
#include "train/profiler.h"
#include "train/shards.h"

using namespace latent;
using nlohmann::json;

// The model of torch_step.py: cross-attends share weights from the second on, and all towers share weights; with
// distinct_towers = 2 towers share them from the second on.
static models::PerceiverConfig perceiver_config(const json& sizes) {
  models::PerceiverConfig config;
  config.input.grid = Shape(sizes.at("grid").get<std::vector<Index>>());
  config.input.own_axes = sizes.value("own_axes", Index{0});
  config.input.input_channels = sizes.at("input_channels");
  config.input.bands = sizes.at("bands");
  config.input.nyquist_frequency = sizes.at("nyquist_frequency");
  config.latents = sizes.at("latents");
  config.channels = sizes.at("channels");
  config.cross_attends = sizes.at("cross_attends");
  config.cross_heads = sizes.value("cross_heads", Index{1});
  config.blocks = sizes.at("blocks");
  config.heads = sizes.at("heads");
  config.widening = sizes.at("widening");
  if (sizes.value("distinct_towers", 1) == 2) config.tower_sharing = models::Sharing::after_first;
  config.final_norm = sizes.value("final_norm", false);
  config.classes = sizes.at("classes");
  return config;
}

// Multiplications and additions in all matrix products of a training step of one sample, each cross-attend in its
// cheaper form and nothing computed twice.  A product costs the same again for each operand that needs a gradient.
static double step_flops(const models::Perceiver& model) {
  const models::PerceiverConfig& c = model.config;
  const double N = double(c.latents), T = double(c.input.tokens()), C = double(c.input.channels()),
               D = double(c.channels);
  const double H = double(c.cross_heads), W = double(model.cross[0].attention.sizes.width);
  const double plain = 2 * (4 * T * C * W) + 3 * (4 * N * T * W);         // keys, values; scores, context
  const double absorbed = 3 * (4 * N * W * C) + 2 * (4 * N * H * T * C);  // queries and values at the latents
  const double cross = std::min(plain, absorbed) + 3 * (4 * N * D * W + 4 * N * D * D * double(c.widening));
  double towers = 0;
  for (Index i = 0; i < c.tower_count(); ++i) towers += 3 * double(model.towers[0].flops(c.latents));
  return double(c.cross_attends) * cross + towers + 3 * double(model.head.flops(1));
}

// Bytes of this process in memory.
static Index resident() {
  std::ifstream file("/proc/self/statm");
  Index reserved = 0, in_memory = 0;
  file >> reserved >> in_memory;
  return in_memory * sysconf(_SC_PAGESIZE);
}

// A training step: loss(begin, end) is the loss of these samples of the batch.
struct Step {
  nn::Module model;
  std::function<Tensor(Index begin, Index end)> loss;
  double flops;  // of a sample
};

static Step perceiver_step(const json& sizes, Index batch) {
  nn::Init init;
  const models::Perceiver model(perceiver_config(sizes), init);
  const models::InputConfig& input = model.config.input;
  Generator generator(1);
  const Tensor x = rand({batch, input.tokens(), input.channels_in()}, generator) * 2 - 1;
  const Tensor labels = randint(0, model.config.classes, {batch}, generator);
  const auto loss = [=](Index begin, Index end) {
    return cross_entropy(model(slice(x, 0, begin, end)), slice(labels, 0, begin, end));
  };
  return {model, loss, step_flops(model)};
}

static Step language_step(const json& sizes, Index batch) {
  nn::Init init;
  const models::LanguageModel model({.vocabulary = sizes.at("vocabulary"),
                                     .context = sizes.at("context"),
                                     .layers = sizes.at("layers"),
                                     .channels = sizes.at("channels"),
                                     .heads = sizes.at("heads"),
                                     .widening = sizes.at("widening")},
                                    init);
  const Index length = model.config.context;
  Generator generator(1);
  const Tensor text = randint(0, model.config.vocabulary, {batch, length}, generator),
               next = randint(0, model.config.vocabulary, {batch, length}, generator);
  const auto loss = [=](Index begin, Index end) {
    return cross_entropy(model(slice(text, 0, begin, end)), slice(next, 0, begin, end));
  };
  return {model, loss, 3 * double(model.flops(length))};
}

int main(int argc, char** argv) try {
  CLI::App app("Times training steps");
  std::string name, file = "bench/configs.json";
  int wanted_threads = threads(), steps = 10, busy = 0;
  Index shard_size = 0, batch = 0;
  bool as_json = false, profiled = false;
  app.add_option("config", name, "mnist, mnist-s, mnist-m, modelnet-s or nanogpt")->required();
  app.add_option("--configs", file, "File of the configs")->capture_default_str();
  app.add_option("--threads", wanted_threads, "Threads of the ops")->check(CLI::Range(1, 1024));
  app.add_option("--batch", batch, "Samples of a step; 0: as in the config")->check(CLI::Range(0, 100000));
  app.add_option("--shard-size", shard_size, "Samples of a shard; 0: as in the config, or 8")
      ->check(CLI::Range(0, 100000));
  app.add_option("--steps", steps, "Timed steps, after two untimed ones")->check(CLI::Range(1, 100000));
  app.add_option("--busy", busy, "Time further steps beside this many other processes that compute")
      ->check(CLI::Range(0, 4096));
  app.add_flag("--profile", profiled, "Profile the same number of further steps, op by op");
  app.add_flag("--json", as_json, "Print one line of JSON");
  CLI11_PARSE(app, argc, argv);
  set_threads(wanted_threads);
  const train::Communicator& all = train::processes();
  if (!all.is_first() && !std::freopen("/dev/null", "w", stdout)) return 1;
  if (!as_json) examples::start(wanted_threads, 1);

  std::ifstream input(file);
  if (!input) fail("{}: cannot be read; name the file by --configs", file);
  const json configs = json::parse(input);
  if (!configs.contains(name)) fail("{}: no config of that name in {}", name, file);
  const json& sizes = configs.at(name);
  if (batch == 0) batch = sizes.at("batch");
  if (shard_size == 0) shard_size = sizes.value("shard_size", Index{8});
  const auto peak_work = bench::fma_work(wanted_threads);
  peak_work();  // starts the threads
  const Index idle = resident();
  const Step step = sizes.contains("vocabulary") ? language_step(sizes, batch) : perceiver_step(sizes, batch);
  nn::Optimizer optimizer(nn::AdamW{}, step.model);
  double optimizer_seconds = 0;  // of the last step
  const auto train = [&] {
    train::backward_in_shards(step.model, batch, shard_size, step.loss);
    const double begin = bench::seconds();
    optimizer.step(1e-3);
    optimizer_seconds = bench::seconds() - begin;
    profile_mark("optimizer");
  };
  std::vector<double> times, optimizer_times, peak_times, waits;
  std::int64_t sent = 0;  // bytes of a step
  for (int i = -2; i < steps; ++i) {
    all.barrier();
    const double begin = bench::seconds(), waited = all.seconds();
    const std::int64_t sent_before = all.bytes_sent();
    train();
    if (i >= 0) {
      times.push_back(bench::seconds() - begin);
      optimizer_times.push_back(optimizer_seconds);
      waits.push_back(all.seconds() - waited);
    }
    sent = all.bytes_sent() - sent_before;
    const double between = bench::seconds();
    peak_work();
    peak_times.push_back(bench::seconds() - between);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  double busy_seconds = 0;  // of a step: the mean, as the other processes take turns
  if (busy > 0) {
    const bench::Busy others(busy);
    train();
    const double begin = bench::seconds();
    for (int i = 0; i < steps; ++i) train();
    busy_seconds = (bench::seconds() - begin) / steps;
  }
  train::Profiler profiler;
  for (int i = 0; i < steps && profiled; ++i) {
    profiler.begin_step();
    train();
    profiler.end_step();
  }
  const double seconds = bench::median(times), peak = bench::fma_flops(wanted_threads) / bench::median(peak_times);
  const double share = step.flops * double(batch) / seconds / peak;
  json result = {{"config", name},
                 {"batch", batch},
                 {"threads", wanted_threads},
                 {"processes", all.size()},
                 {"sent_bytes", sent},
                 {"waiting_ms", bench::median(waits) * 1e3},
                 {"simd", level()},
                 {"params", step.model.parameter_count()},
                 {"step_ms", seconds * 1e3},
                 {"optimizer_ms", bench::median(optimizer_times) * 1e3},
                 {"samples_per_s", double(batch) / seconds},
                 {"matmul_share", share},
                 {"step_mb", double(usage.ru_maxrss * 1024 - idle) / (1 << 20)},
                 {"peak_tensor_mb", double(memory().peak) / (1 << 20)}};
  if (profiled) result["profile"] = profiler.table();
  if (busy > 0) result["busy_samples_per_s"] = double(batch) / busy_seconds;
  if (as_json)
    fmt::print("{}\n", result.dump());
  else
    fmt::print("{}: {:.2f} ms a step, {:.0f} samples/s, {:.0f} % of the peak{}\n{}", name, seconds * 1e3,
               double(batch) / seconds, 100 * share,
               busy > 0 ? fmt::format("; {:.0f} samples/s beside {} others", double(batch) / busy_seconds, busy) : "",
               profiled ? profiler.table() : "");
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_step: {}\n", error.what());
  if (train::processes().size() > 1) train::processes().abort(1);
  return 1;
}
