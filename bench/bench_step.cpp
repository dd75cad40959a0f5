// Times training steps (forward, backward, AdamW) of a Perceiver named in configs.json.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/measure.h"
#include "engine/engine.h"
#include "models/perceiver.h"
#include "nn/optimizer.h"

using namespace latent;
using nlohmann::json;

// As torch_step.py has it: cross-attends share their weights after the first, and towers theirs unless distinct.
static models::PerceiverConfig perceiver_config(const json& sizes) {
  models::PerceiverConfig config;
  config.grid = Shape(sizes.at("grid").get<std::vector<Index>>());
  config.own_axes = sizes.value("own_axes", Index{0});
  config.input_channels = sizes.at("input_channels");
  config.bands = sizes.at("bands");
  config.nyquist_frequency = sizes.at("nyquist_frequency");
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

int main(int argc, char** argv) try {
  CLI::App app("Times training steps of a Perceiver");
  std::string name, file = "bench/configs.json";
  int wanted_threads = threads(), steps = 10;
  bool as_json = false;
  app.add_option("config", name, "mnist (the recipe), mnist-s, mnist-m or modelnet-s")->required();
  app.add_option("--configs", file, "Where the configs are")->capture_default_str();
  app.add_option("--threads", wanted_threads)->check(CLI::Range(1, 1024));
  app.add_option("--steps", steps, "Steps that are timed, after two that are not")->check(CLI::Range(1, 100000));
  app.add_flag("--json", as_json, "One line of JSON");
  CLI11_PARSE(app, argc, argv);
  set_threads(wanted_threads);

  std::ifstream input(file);
  if (!input) fail("{}: cannot be read; name the file by --configs", file);
  const json configs = json::parse(input);
  if (!configs.contains(name)) fail("{}: no config of that name in {}", name, file);
  const models::PerceiverConfig config = perceiver_config(configs.at(name));
  const Index batch = configs.at(name).at("batch");

  nn::Init init;
  const models::Perceiver model(config, init);
  nn::Optimizer optimizer(nn::AdamW{}, model);
  Generator generator(1);
  const Tensor x = rand({batch, config.inputs(), config.input_channels + config.own_axes}, generator) * 2 - 1;
  const Tensor labels = randint(0, config.classes, {batch}, generator);
  std::vector<double> times;
  for (int step = -2; step < steps; ++step) {
    const double begin = bench::seconds();
    optimizer.zero_grad();
    backward(cross_entropy(model(x), labels));
    optimizer.step(1e-3);
    if (step >= 0) times.push_back(bench::seconds() - begin);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double step = bench::median(times);
  const json result = {{"config", name},
                       {"threads", wanted_threads},
                       {"simd", level()},
                       {"params", model.parameter_count()},
                       {"step_ms", step * 1e3},
                       {"samples_per_s", double(batch) / step},
                       {"peak_rss_mb", double(usage.ru_maxrss) / 1024},
                       {"peak_tensor_mb", double(memory().peak) / (1 << 20)}};
  if (as_json)
    fmt::print("{}\n", result.dump());
  else
    fmt::print("{}: {:.2f} ms a step, {:.0f} samples/s\n", name, step * 1e3, double(batch) / step);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_step: {}\n", error.what());
  return 1;
}
