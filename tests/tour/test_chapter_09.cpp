#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("9.1 up in a line, down in half a cosine") {
  const nn::Schedule schedule = nn::cosine(0.1, 50, 10);
  for (Index step = 0; step < 50; ++step)
    CHECK(tour::warm_up_cosine(step, 50, 10, 0.1) == Catch::Approx(schedule(step)));
}

TEST_CASE("9.2 an image moves, and zeros come in") {
  const Tensor image = reshape(arange(1, 7), {2, 3});
  CHECK(tour::shifted(image, 0, 1).values() == std::vector<double>{0, 1, 2, 0, 4, 5});
  CHECK(tour::shifted(image, -1, 0).values() == std::vector<double>{4, 5, 6, 0, 0, 0});
  CHECK(tour::shifted(image, 1, -2).values() == std::vector<double>{0, 0, 0, 3, 0, 0});
  CHECK(tour::shifted(image, 0, 0).values() == image.values());
  CHECK(tour::shifted(image, 5, 0).values() == std::vector<double>(6));
}

TEST_CASE("9.3 weights are averaged over the steps") {
  const std::vector<Tensors> steps = {{scalar(1), ones({2})}, {scalar(2), 3 * ones({2})}, {scalar(4), ones({2})}};
  const Tensors mean = tour::average(steps, 0.75);
  REQUIRE(mean.size() == 2);
  CHECK(mean[0].item() == 1.9375);  // 1, then 1.25, then 1.9375
  CHECK(mean[1].values() == std::vector<double>{1.375, 1.375});
  CHECK(steps[0][0].item() == 1);
}
