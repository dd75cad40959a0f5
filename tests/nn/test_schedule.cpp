#include <cmath>

#include "nn/schedule.h"
#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;
using Catch::Approx;

TEST_CASE("constant and step decay") {
  CHECK(constant(0.5)(0) == 0.5);
  CHECK(constant(0.5)(1000) == 0.5);
  const Schedule schedule = step_decay(1, 10, 0.5);
  CHECK(schedule(0) == 1);
  CHECK(schedule(9) == 1);
  CHECK(schedule(10) == 0.5);
  CHECK(schedule(39) == 0.125);
}

TEST_CASE("cosine rises in a line, falls along half a cosine, and stays at its end") {
  const Schedule schedule = cosine(1, 110, 10, 0.2);
  CHECK(schedule(0) == Approx(1.0 / 11));
  CHECK(schedule(9) == Approx(10.0 / 11));
  CHECK(schedule(10) == Approx(1));
  CHECK(schedule(35) == Approx(0.2 + 0.4 * (1 + std::sqrt(0.5))));
  CHECK(schedule(60) == Approx(0.6));
  CHECK(schedule(110) == Approx(0.2));
  CHECK(schedule(1000) == Approx(0.2));
  CHECK(cosine(1, 10)(0) == 1);
}

TEST_CASE("one-cycle starts, peaks and ends where PyTorch's does") {
  const Schedule schedule = one_cycle({.peak = 2, .steps = 100, .warm_up = 0.3});
  CHECK(schedule(0) == Approx(2.0 / 25));
  CHECK(schedule(29) == Approx(2));
  CHECK(schedule(99) == Approx(2.0 / 25 / 1e4));
  CHECK(schedule(99 + 50) == Approx(2.0 / 25 / 1e4));
  CHECK(schedule(64) == Approx((2 + 2.0 / 25 / 1e4) / 2));  // half way down
  for (Index step = 1; step < 100; ++step) CHECK((schedule(step) > schedule(step - 1)) == (step <= 29));
}

TEST_CASE("one-cycle without warm-up, and in a single step") {
  CHECK(one_cycle({.peak = 2, .steps = 10, .warm_up = 0.1})(0) == Approx(2));
  CHECK(std::isfinite(one_cycle({.peak = 2, .steps = 10, .warm_up = 0})(0)));
  CHECK(std::isfinite(one_cycle({.peak = 2, .steps = 1})(0)));
}

TEST_CASE("schedules that cannot be are told") {
  CHECK(error_of([] { step_decay(1, 0); }) == "step_decay: a decay every 0 steps; it must be at least 1");
  CHECK(error_of([] { cosine(1, 10, 10); }) == "cosine: 10 steps of warm-up in 10 steps; it must be fewer");
  CHECK(error_of([] { one_cycle({.steps = 10, .warm_up = 1}); }) ==
        "one_cycle: warm_up is 1 and steps 10; warm_up must be in [0, 1), and steps at least 1");
  CHECK(error_of([] { one_cycle({.steps = 10, .warm_up = NAN}); }) ==
        "one_cycle: warm_up is nan and steps 10; warm_up must be in [0, 1), and steps at least 1");
}
