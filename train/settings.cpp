#include "train/settings.h"

#include <algorithm>

namespace latent::train {

void check(const Settings& settings) { models::check_fields("train", settings); }

Index limited(Index samples, const Settings& settings) {
  return settings.limit_batches > 0 ? std::min(samples, settings.limit_batches * settings.batch_size) : samples;
}

nn::Optimizer make_optimizer(const Settings& settings, const nn::Module& model) {
  const auto rule = [&]() -> nn::UpdateRule {
    switch (settings.optimizer) {
      case OptimizerKind::sgd: return nn::SGD{.momentum = settings.momentum};
      case OptimizerKind::lamb: return nn::LAMB{.beta2 = settings.beta2};
      case OptimizerKind::adamw: break;
    }
    return nn::AdamW{.beta2 = settings.beta2};
  }();
  return {rule, nn::decay_groups(model, settings.weight_decay)};
}

nn::Schedule make_schedule(const Settings& settings, Index steps) {
  switch (settings.schedule) {
    case ScheduleKind::constant: return nn::constant(settings.lr);
    case ScheduleKind::step: return nn::step_decay(settings.lr, std::max<Index>(1, steps / 3));
    case ScheduleKind::cosine: return nn::cosine(settings.lr, steps, static_cast<Index>(settings.warm_up * steps));
    case ScheduleKind::one_cycle: break;
  }
  return nn::one_cycle({.peak = settings.lr, .steps = steps, .warm_up = settings.warm_up});
}

}  // namespace latent::train
