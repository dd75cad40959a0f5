#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("7.1 scores without keys") {
  Generator generator(1);
  const auto random = [&](const Shape& shape) { return randn(shape, generator, DType::f64); };
  const Tensor latents = random({4, 6}), input = random({50, 5}), query = random({8, 6}), key = random({8, 5});
  const Tensor plain = matmul(linear(latents, query), transpose(linear(input, key)));
  Tensor scores;
  double flops = 0;
  {
    Profile profile;
    scores = tour::absorbed_scores(latents, input, query, key);
    for (const ProfileEvent& event : profile.take()) flops += event.flops;
  }
  CHECK(max(abs(scores - plain)).item() < 1e-11);
  CHECK(flops == 2 * (4 * 6 * 8 + 4 * 8 * 5 + 4 * 5 * 50));  // no product has the size of the keys
}

TEST_CASE("7.2 when it is cheaper") {
  CHECK(tour::absorbed_is_cheaper(32, 784, 27, 64));
  CHECK(tour::absorbed_is_cheaper(1, 1000, 512, 64));
  CHECK_FALSE(tour::absorbed_is_cheaper(1000, 100, 512, 64));  // as many latents as in a Transformer
}

TEST_CASE("7.3 a norm folds into the map behind it") {
  Generator generator(1);
  nn::Init init{.generator = Generator(2), .dtype = DType::f64};
  const nn::LayerNorm norm(6, init);
  const nn::Linear map(6, 4, init);
  for (const nn::Module* part : {static_cast<const nn::Module*>(&norm), static_cast<const nn::Module*>(&map)})
    for (const nn::Parameter& each : part->parameters())
      each.tensor.copy_from(randn(each.tensor.shape(), generator, DType::f64));
  const Tensor x = 3 * randn({5, 6}, generator, DType::f64) + 1;
  const nn::Linear folded = tour::fold_norm(norm, map);
  CHECK(max(abs(folded(layer_norm(x)) - map(norm(x)))).item() < 1e-12);
}
