#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;

namespace {

// Two lists and one layer that is used twice.
struct Model : Module {
  Linear shared;
  std::vector<Linear> layers;
  Linear again, without_bias;

  explicit Model(Init& init)
      : shared(child("shared", Linear(2, 2, init))),
        layers(child("layers", std::vector{Linear(2, 3, init), Linear(3, 2, init)})),
        again(child("again", shared)),
        without_bias(child("without_bias", Linear(2, 1, init, false))) {}
};

Model model(std::uint64_t seed = 0) {
  Init init{.generator = Generator(seed), .dtype = DType::f64};
  return Model(init);
}

NamedTensors copies(const NamedTensors& tensors) {
  NamedTensors all;
  for (const auto& [name, tensor] : tensors) all[name] = tensor * 1.0;
  return all;
}

}  // namespace

TEST_CASE("two parts of one name are an error") {
  struct Twice : Module {
    Twice() { parameter("weight", ones({1})), parameter("weight", ones({2})); }
  };
  CHECK(error_of([] { Twice(); }) == "Module: there are two parts named weight; names must differ");
}

TEST_CASE("parameters have dotted names, and what is shared is listed once") {
  const Model m = model();
  CHECK(names(m) == std::vector<std::string>{"shared.weight", "shared.bias", "layers.0.weight", "layers.0.bias",
                                             "layers.1.weight", "layers.1.bias", "without_bias.weight"});
  CHECK(m.parameter_count() == 6 + 9 + 8 + 2);
}

TEST_CASE("a copy of a module shares its parameters") {
  const Model m = model();
  const Model copy = m;
  copy.shared.weight.mutable_data<double>()[0] = 42;
  CHECK(m.shared.weight.at({0, 0}) == 42);
  CHECK(names(copy) == names(m));
}

TEST_CASE("a tied parameter is listed once, and its gradients add up") {
  struct Tied : Module {
    Tensor first, second;
    Tied() : first(parameter("first", ones({2}))), second(parameter("second", first)) {}
  };
  const Tied tied;
  CHECK(names(tied) == std::vector<std::string>{"first"});
  backward(sum(tied.first * 2 + tied.second));
  CHECK(tied.first.grad().values() == std::vector<double>{3, 3});
}

TEST_CASE("zero_grad forgets all gradients") {
  const Model m = model();
  backward(sum(m.shared(ones({1, 2}, DType::f64))));
  REQUIRE(m.shared.weight.grad().defined());
  m.zero_grad();
  CHECK_FALSE(m.shared.weight.grad().defined());
}

TEST_CASE("load_parameters copies in place") {
  const Model from = model(1), to = model(2);
  load_parameters(to, named_tensors(from));
  for (const auto& [name, tensor] : named_tensors(from)) CHECK(named_tensors(to).at(name).values() == tensor.values());
  CHECK(to.again.weight.values() == from.shared.weight.values());
}

TEST_CASE("load_parameters names all that does not fit, and then changes nothing") {
  const Model m = model();
  const NamedTensors before = copies(named_tensors(m));
  NamedTensors values = copies(named_tensors(model(1)));
  values.erase("layers.0.bias");
  values["layers.1.weight"] = ones({3, 2}, DType::f64);
  values["shared.bias"] = ones({2}, DType::f32);
  values["stranger"] = ones({7}, DType::f64);
  CHECK(error_of([&] { load_parameters(m, values); }) ==
        "the weights do not fit the model:\n"
        "  type: shared.bias is f32, and f64 is needed\n"
        "  missing: layers.0.bias (3)\n"
        "  shape: layers.1.weight is (3, 2), and (2, 3) is needed\n"
        "  extra: stranger (7)");
  for (const auto& [name, tensor] : named_tensors(m)) CHECK(tensor.values() == before.at(name).values());
}

TEST_CASE("a model of shapes only takes no memory, whatever its size") {
  Init init{.shapes_only = true};
  const Index before = memory().current;
  const FeedForward huge(100'000, 400'000, init);
  CHECK(huge.parameter_count() == 80'000'500'000);
  CHECK(memory().current - before < 1000);
}

TEST_CASE("summary is a table with a total and the cost of a forward pass") {
  struct Classifier : Module {
    Linear up;
    explicit Classifier(Init& init) : up(child("up", Linear(100, 20, init))) {}
    Index flops() const { return up.flops(1); }
  };
  Init init;
  CHECK(summary(Classifier(init)) ==
        "parameter     shape              numbers\n"
        "up.weight     (20, 100)            2,000\n"
        "up.bias       (20)                    20\n"
        "total                              2,020\n"
        "forward FLOP                       4,000\n");
  const std::string plain = summary(model());
  CHECK(plain.find("layers.1.bias") != std::string::npos);
  CHECK(plain.find("FLOP") == std::string::npos);
}
