#include "examples/app/training_options.h"

#include "examples/app/options.h"

namespace latent::examples {

static void add_flag(CLI::App& app, const std::string& name, bool& value, const std::string& help) {
  app.add_flag(name, value, help)->configurable(false)->group("Training");
}

void add_options(CLI::App& app, train::Settings& settings, bool is_cross_entropy) {
  add_fields(app, "Training", settings,
             is_cross_entropy ? std::set<std::string>() : std::set<std::string>{"label_smoothing"});
  add_flag(app, "--quiet", settings.quiet, "Print no progress");
  add_flag(app, "--detect-anomaly", settings.detect_anomaly,
           "Stop at the first operation whose result has NaN or infinity");
  add_flag(app, "--graph", settings.graph,
           "Draw the graph of the first loss: OUT/graph.dot and, with Graphviz, graph.svg");
  add_flag(app, "--profile", settings.profile,
           "Print at the end where the time went, op by op, and write OUT/trace.json");
}

void add_resume(CLI::App& app, train::Settings& settings) {
  add_flag(app, "--resume", settings.resume,
           "Continue the run in --out from its last checkpoint, with its config.toml");
}

}  // namespace latent::examples
