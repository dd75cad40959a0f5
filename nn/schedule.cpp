#include "nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace latent::nn {

// From `from` at t = 0 to `to` at t = 1 (and beyond), along half a cosine.
static double half_cosine(double from, double to, double t) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * std::min(t, 1.0)));
}

Schedule constant(double lr) {
  return [=](Index) { return lr; };
}

Schedule step_decay(double lr, Index every, double factor) {
  if (every < 1) fail("step_decay: a decay every {} steps; it must be at least 1", every);
  return [=](Index step) { return lr * std::pow(factor, double(step / every)); };
}

Schedule cosine(double lr, Index steps, Index warm_up, double last_lr) {
  if (warm_up < 0 || warm_up >= steps)
    fail("cosine: {} steps of warm-up in {} steps; it must be fewer", warm_up, steps);
  return [=](Index step) {
    if (step < warm_up) return lr * double(step + 1) / double(warm_up + 1);
    return half_cosine(lr, last_lr, double(step - warm_up) / double(steps - warm_up));
  };
}

Schedule one_cycle(const OneCycle& cycle) {
  if (!(cycle.warm_up >= 0 && cycle.warm_up < 1) || cycle.steps < 1)
    fail("one_cycle: warm_up is {} and steps {}; warm_up must be in [0, 1), and steps at least 1", cycle.warm_up,
         cycle.steps);
  const double last = double(cycle.steps - 1), top = cycle.warm_up * double(cycle.steps) - 1;
  const double first_lr = cycle.peak / cycle.start_divisor, last_lr = first_lr / cycle.last_divisor;
  return [=, peak = cycle.peak](Index step) {
    const double t = double(step);
    return t < top ? half_cosine(first_lr, peak, t / top) : half_cosine(peak, last_lr, (t - top) / (last - top));
  };
}

}  // namespace latent::nn
