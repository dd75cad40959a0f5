#include "examples/app/classifier_settings.h"

#include <fmt/ranges.h>

#include "examples/app/options.h"

namespace latent::examples {

void add_data_options(CLI::App& app, ClassifierSettings& settings, const std::string& help) {
  app.option_defaults()->group("Data");
  add_option(app, "--data", settings.data, help);
  add_option(app, "--validation", settings.validation, "Training samples held out to choose the best epoch; 0: none")
      ->check(between(0, 1'000'000));
  app.option_defaults()->group("Options");
}

void add_model_options(CLI::App& app, models::PerceiverConfig& model, std::set<std::string> without) {
  add_fields(app, "Model", model, without);
}

void add_model_kind(CLI::App& app, std::string& kind) {
  app.option_defaults()->group("Model");
  add_option(app, "--model", kind,
             "Kind of model; the other models have the sizes of the Perceiver, as far as they have these")
      ->transform([](std::string text) {
        std::ranges::replace(text, '-', '_');
        return text;
      })
      ->check(CLI::IsMember(model_kinds()));
  app.option_defaults()->group("Options");
}

}  // namespace latent::examples
