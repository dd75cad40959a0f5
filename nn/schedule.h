// Learning-rate schedules: pure functions from the step, counted from 0, to the learning rate.
#pragma once
#include <functional>

#include "engine/shape.h"

namespace latent::nn {

using Schedule = std::function<double(Index step)>;

Schedule constant(double lr);

// lr factor^floor(step / every)
Schedule step_decay(double lr, Index every, double factor = 0.1);

// lr (step + 1) / (w + 1) for w steps of warm-up, then half a cosine from lr at step w to last_lr at step `steps`.
Schedule cosine(double lr, Index steps, Index warm_up = 0, double last_lr = 0);

// One-cycle (Smith 2018), with PyTorch's formula and defaults: half a cosine from peak / start_divisor at step 0 up to
// peak at step w = warm_up steps - 1, another one down to peak / (start_divisor last_divisor) at step `steps` - 1.
struct OneCycle {
  double peak = 1e-3;
  Index steps = 1;
  double warm_up = 0.3;  // share of the steps
  double start_divisor = 25, last_divisor = 1e4;
};
Schedule one_cycle(const OneCycle& cycle);

}  // namespace latent::nn
