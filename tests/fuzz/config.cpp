// What is read from a recipe is written to config.toml, from which a run goes on: it has to read back as the same.
#include "examples/app/classifier_settings.h"
#include "examples/app/config.h"
#include "examples/app/options.h"
#include "examples/app/training_options.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {
namespace {

void add(CLI::App& app, examples::ClassifierSettings& settings) {
  app.set_help_flag();
  examples::add_options(app, settings.training, true);
  examples::add_data_options(app, settings, "");
  examples::add_model_options(app, settings.model, {});
  examples::add_model_kind(app, settings.kind);
}

examples::ClassifierSettings settings_in(const std::string& text) {
  examples::ClassifierSettings settings;
  CLI::App app;
  add(app, settings);
  examples::apply_recipe(app, {"fuzz", text});
  return settings;
}

std::string config_of(examples::ClassifierSettings settings) {
  CLI::App app;
  add(app, settings);
  return examples::config_text(app);
}

}  // namespace

void read(std::string_view input) {
  const std::string config = config_of(settings_in(std::string(input)));
  bool same = false;
  try {
    same = config_of(settings_in(config)) == config;
  } catch (const Error& error) { fmt::print(stderr, "{}\n", error.what()); }
  expect(same, "config.toml reads back as it was written");
}

std::vector<std::string> seeds() {
  return {"out = \"runs/x\"\nseed = 7\n\n# comment\nlr = 0.003\nepochs=3\noptimizer = 'lamb'\n",
          "data = \"a #b\"\nfinal-norm = true\ncross-sharing = \"none\"\nmodel = \"transformer\"\nlr = 1e-310\n",
          "lr = [0.1, 0.2]\nseed = 1,2\n[section]\nout = \"\\\"\\\\ \\n\"\n",
          "\xef\xbb\xbfseed = 18446744073709551615\r\nthreads=\n"};
}

}  // namespace latent::fuzz
