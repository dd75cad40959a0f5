#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("10.1 mish") {
  const Tensor x = tensor({-2, 0, 1}, DType::f64);
  for (const Index i : {0, 1, 2}) {
    const double value = x.at({i});
    CHECK(tour::mish(x).at({i}) == Catch::Approx(value * std::tanh(std::log1p(std::exp(value)))));
  }
  CHECK(gradcheck([](const Tensors& in) { return tour::mish(in[0]); }, {x}, {.order = 2}));
}

TEST_CASE("10.2 a layer names what it holds") {
  nn::Init init{.generator = Generator(1), .dtype = DType::f64};
  const tour::GatedUnit layer(3, 2, init);
  std::vector<std::string> names;
  for (const nn::Parameter& each : layer.parameters()) names.push_back(each.name);
  CHECK(names == std::vector<std::string>{"value.weight", "value.bias", "gate.weight", "gate.bias"});
  Generator generator(2);
  const Tensor x = randn({4, 3}, generator, DType::f64);
  CHECK(max(abs(layer(x) - layer.value(x) * sigmoid(layer.gate(x)))).item() < 1e-14);
}

TEST_CASE("10.3 Lion goes by signs") {
  nn::Init init{.generator = Generator(1), .dtype = DType::f64};
  const nn::Linear layer(2, 1, init, false);
  layer.weight.copy_from(tensor({1, -1}, {1, 2}, DType::f64));
  Tensors momenta;
  const auto step = [&](double first, double second) {
    layer.zero_grad();
    backward(sum(layer(tensor({first, second}, {1, 2}, DType::f64))));
    tour::lion_step(layer.parameters(), momenta, 0.1, 0.9, 0.75);
  };
  step(3, -0.5);
  CHECK(layer.weight.values() == std::vector<double>{0.9, -0.9});
  REQUIRE(momenta.size() == 1);
  CHECK(momenta[0].values() == std::vector<double>{0.75, -0.125});
  step(-1, 0.25);  // the momentum is stronger: both go on, although their gradients turned
  CHECK(layer.weight.values()[0] == Catch::Approx(0.8));
  CHECK(layer.weight.values()[1] == Catch::Approx(-0.8));
  CHECK(momenta[0].values() == std::vector<double>{0.3125, -0.03125});
}
