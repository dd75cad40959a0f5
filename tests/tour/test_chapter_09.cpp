#include <tuple>

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

TEST_CASE("9.4 a process adds its range as far as the tree allows") {
  const auto sums = [](const std::vector<float>& values, Index begin, Index end) {
    std::vector<std::tuple<Index, Index, float>> all;
    for (const auto& [level, number, sum] : tour::own_sums(values, begin, end)) all.push_back({level, number, sum});
    return all;
  };
  using Sums = std::vector<std::tuple<Index, Index, float>>;
  const std::vector<float> values = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
  CHECK(sums(values, 0, 10) == Sums{{4, 0, 1023}});
  CHECK(sums(values, 0, 3) == Sums{{0, 2, 4}, {1, 0, 3}});
  CHECK(sums(values, 3, 6) == Sums{{0, 3, 8}, {1, 2, 48}});
  CHECK(sums(values, 6, 10) == Sums{{1, 3, 192}, {3, 1, 768}});
  CHECK(sums(values, 5, 5) == Sums{});
  CHECK(sums({7}, 0, 1) == Sums{{0, 0, 7}});
  const std::vector<float> rounds = {1e8f, 1, -1e8f, 1};  // (1e8 + 1) + (-1e8 + 1), not from left to right
  CHECK(sums(rounds, 0, 4) == Sums{{2, 0, (1e8f + 1) + (-1e8f + 1)}});
}
