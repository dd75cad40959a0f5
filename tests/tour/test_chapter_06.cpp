#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("6.1 what scores take") {
  CHECK(tour::score_bytes(65536, 65536, 1) == 16.0 * 1024 * 1024 * 1024);
  CHECK(tour::score_bytes(32, 784, 2) == 200704);
}

TEST_CASE("6.2 latents read an input") {
  Generator generator(1);
  const auto random = [&](const Shape& shape) { return randn(shape, generator, DType::f64); };
  const Tensor latents = random({4, 6}), input = random({9, 5}), query = random({8, 6}), key = random({8, 5}),
               value = random({3, 5});
  const auto headed = [](const Tensor& x) { return reshape(x, {1, 1, x.size(0), x.size(1)}); };
  const Tensor expected =
      attention(headed(linear(latents, query)), headed(linear(input, key)), headed(linear(input, value)));
  CHECK(max(abs(tour::read_input(latents, input, query, key, value) - reshape(expected, {4, 3}))).item() < 1e-12);
}

// Stripes: down, across, and along both diagonals, each at a place of its own, in noise.
static std::pair<Tensor, Tensor> stripes(Generator& generator) {
  const Tensor labels = randint(0, 4, {64}, generator), phases = 6 * rand({64}, generator);
  std::vector<double> pixels;
  for (Index sample = 0; sample < 64; ++sample)
    for (Index y = 0; y < 8; ++y)
      for (Index x = 0; x < 8; ++x) {
        const Index along[] = {x, y, x + y, x - y};
        pixels.push_back(std::sin(1.5 * double(along[Index(labels.at({sample}))]) + phases.at({sample})) +
                         0.2 * generator.normal());
      }
  return {tensor(pixels, {64, 64, 1}), labels};
}

TEST_CASE("6.3 a small Perceiver tells stripes apart") {
  const models::PerceiverConfig config = tour::small_perceiver();
  nn::Init init{.generator = Generator(1)};
  const models::Perceiver model(config, init);
  CHECK(model.parameter_count() <= 10000);
  REQUIRE(config.classes == 4);
  nn::Optimizer optimizer(nn::AdamW{}, model);
  const nn::Schedule schedule = nn::one_cycle({.peak = 1e-2, .steps = 300});
  Generator generator(2);
  for (Index step = 0; step < 300; ++step) {
    const auto [images, labels] = stripes(generator);
    optimizer.zero_grad();
    backward(cross_entropy(model(images), labels));
    nn::clip_grad_norm(model.parameters(), 1);
    optimizer.step(schedule(step));
  }
  const NoGrad off;
  Index correct = 0;
  for (int i = 0; i < 10; ++i) {
    const auto [images, labels] = stripes(generator);
    correct += nn::correct(model(images), labels);
  }
  CHECK(correct >= 608);  // of 640: 95 %
}
