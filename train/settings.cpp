#include "train/settings.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace latent::train {

Index limited(Index samples, const Settings& settings) {
  return settings.limit_batches > 0 ? std::min(samples, settings.limit_batches * settings.batch_size) : samples;
}

const Settings& checked(const Settings& settings) {
  const auto in_range = [](const char* name, double value, double low, double high) {
    if (!(value >= low && value <= high)) fail("train: {} = {}, and {} to {} is needed", name, value, low, high);
  };
  const auto one_of = [](const char* name, const std::string& value, std::initializer_list<const char*> choices) {
    if (std::ranges::find(choices, value) == choices.end())
      fail("train: {} = '{}', and one of {} is needed", name, value, fmt::join(choices, ", "));
  };
  in_range("epochs", double(settings.epochs), 1, 1e9);
  in_range("batch_size", double(settings.batch_size), 1, 1e9);
  in_range("limit_batches", double(settings.limit_batches), 0, 1e9);
  in_range("checkpoint_every", double(settings.checkpoint_every), 0, 1e9);
  in_range("workers", settings.workers, 0, 256);
  one_of("optimizer", settings.optimizer, {"adamw", "lamb", "sgd"});
  one_of("schedule", settings.schedule, {"one-cycle", "cosine", "step", "constant"});
  in_range("lr", settings.lr, 0, 1e38);  // of f32
  in_range("momentum", settings.momentum, 0, 0.9999);
  in_range("beta2", settings.beta2, 0, 0.9999);
  in_range("warm_up", settings.warm_up, 0, 0.9);
  in_range("weight_decay", settings.weight_decay, 0, 1e6);
  in_range("clip", settings.clip, 0, 1e6);
  in_range("label_smoothing", settings.label_smoothing, 0, 1);
  return settings;
}

nn::Optimizer make_optimizer(const Settings& settings, const nn::Module& model) {
  const auto rule = [&]() -> nn::UpdateRule {
    if (settings.optimizer == "sgd") return nn::SGD{.momentum = settings.momentum};
    if (settings.optimizer == "lamb") return nn::LAMB{.beta2 = settings.beta2};
    return nn::AdamW{.beta2 = settings.beta2};
  }();
  return {rule, nn::decay_groups(model, settings.weight_decay)};
}

nn::Schedule make_schedule(const Settings& settings, Index steps) {
  if (settings.schedule == "constant") return nn::constant(settings.lr);
  if (settings.schedule == "step") return nn::step_decay(settings.lr, std::max<Index>(1, steps / 3));
  if (settings.schedule == "cosine")
    return nn::cosine(settings.lr, steps, static_cast<Index>(settings.warm_up * steps));
  return nn::one_cycle({.peak = settings.lr, .steps = steps, .warm_up = settings.warm_up});
}

}  // namespace latent::train
