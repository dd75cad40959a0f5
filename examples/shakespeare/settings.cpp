#include "examples/shakespeare/settings.h"

#include "examples/app/config.h"
#include "examples/app/options.h"
#include "examples/app/training_options.h"

namespace latent::shakespeare {

static void add_shared_options(CLI::App& app, Settings& settings, const std::set<std::string>& without) {
  examples::add_options(app, settings.training, true);
  examples::add_fields(app, "Data", settings);
  examples::add_fields(app, "Model", settings.model, without);
}

void add_options(CLI::App& app, Settings& settings) {
  add_shared_options(app, settings, {});
  examples::add_resume(app, settings.training);
}

void add_compare_options(CLI::App& app, Settings& settings) {
  add_shared_options(app, settings, {"attention"});
  examples::add_option(app, "--seeds", settings.seeds, "Runs of each attention; 0: only measure speed")
      ->check(examples::between(0, 100));
}

std::string config_text(Settings settings) {
  CLI::App app;
  add_options(app, settings);
  return examples::config_text(app);
}

}  // namespace latent::shakespeare
