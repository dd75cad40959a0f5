#include <cmath>

#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;

namespace {

struct Vector : Module {
  Tensor x;
  explicit Vector(std::vector<double> values) : x(parameter("x", tensor(values, DType::f64))) {}
};

using Values = std::vector<double>;

// The parameter after each step of the rule, for the gradients that are given.
std::vector<Values> path(const UpdateRule& rule, double weight_decay, Values start,
                         const std::vector<Values>& gradients) {
  const Vector model(start);
  Optimizer optimizer(rule, {{model.parameters(), weight_decay}});
  std::vector<Values> all;
  for (const Values& g : gradients) {
    optimizer.zero_grad();
    backward(sum(model.x * tensor(g, DType::f64)));
    optimizer.step(0.1);
    all.push_back(model.x.values());
  }
  return all;
}

void check_close(const Values& found, const Values& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Catch::Approx(expected[i]).epsilon(1e-12));
}

double length(const Values& x) {
  double squares = 0;
  for (double v : x) squares += v * v;
  return std::sqrt(squares);
}

const Values start = {1, -2, 0.5};
const std::vector<Values> gradients = {{0.3, -1, 2}, {-0.2, 0, 1}, {4, 0.1, -0.6}};
constexpr double lr = 0.1, decay = 0.01;

// Adam's direction after each of the gradients, by the paper's formulas.
std::vector<Values> adam_directions(double beta1, double beta2, double eps) {
  Values m(3, 0), v(3, 0);
  std::vector<Values> all;
  for (std::size_t t = 1; t <= gradients.size(); ++t) {
    Values direction;
    for (std::size_t i = 0; i < 3; ++i) {
      const double g = gradients[t - 1][i];
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      direction.push_back(m[i] / (1 - std::pow(beta1, t)) / (std::sqrt(v[i] / (1 - std::pow(beta2, t))) + eps));
    }
    all.push_back(direction);
  }
  return all;
}

// Weights, biases and norms, on a problem with a gradient for each.
struct Toy : Module {
  Linear up;
  LayerNorm norm;
  Linear down;
  explicit Toy(Init& init)
      : up(child("up", Linear(4, 8, init))),
        norm(child("norm", LayerNorm(8, init))),
        down(child("down", Linear(8, 2, init))) {}
  Tensor loss(std::uint64_t seed) const {
    return mean_squared_error(down(gelu(norm(up(random_tensor({6, 4}, seed, up.weight.dtype()))))),
                              random_tensor({6, 2}, seed + 1000, up.weight.dtype()));
  }
};

}  // namespace

TEST_CASE("SGD follows its formula, with momentum and with Nesterov's") {
  const double momentum = GENERATE(0.0, 0.9);
  const bool nesterov = GENERATE(false, true);
  Values p = start, m(3, 0);
  const auto found = path(SGD{.momentum = momentum, .nesterov = nesterov}, decay, start, gradients);
  for (std::size_t t = 0; t < gradients.size(); ++t) {
    for (std::size_t i = 0; i < 3; ++i) {
      const double g = gradients[t][i] + decay * p[i];
      m[i] = momentum * m[i] + g;
      p[i] -= lr * (nesterov ? g + momentum * m[i] : m[i]);
    }
    check_close(found[t], p);
  }
}

TEST_CASE("AdamW follows its formula") {
  Values p = start;
  const auto found = path(AdamW{.beta1 = 0.9, .beta2 = 0.98, .eps = 1e-3}, decay, start, gradients);
  const auto directions = adam_directions(0.9, 0.98, 1e-3);
  for (std::size_t t = 0; t < gradients.size(); ++t) {
    for (std::size_t i = 0; i < 3; ++i) p[i] -= lr * decay * p[i] + lr * directions[t][i];
    check_close(found[t], p);
  }
}

TEST_CASE("LAMB follows its formula") {
  Values p = start;
  const auto found = path(LAMB{.eps = 1e-3}, decay, start, gradients);
  const auto directions = adam_directions(0.9, 0.999, 1e-3);
  for (std::size_t t = 0; t < gradients.size(); ++t) {
    Values u = directions[t];
    for (std::size_t i = 0; i < 3; ++i) u[i] += decay * p[i];
    const double ratio = length(p) / length(u);
    for (std::size_t i = 0; i < 3; ++i) p[i] -= lr * ratio * u[i];
    check_close(found[t], p);
  }
}

TEST_CASE("LAMB's trust ratio is 1 when either norm is 0") {
  const auto from_zero = path(LAMB{.eps = 0}, 0, {0, 0}, {{3, -5}});
  check_close(from_zero[0], {-lr, lr});  // Adam's first step is the sign of the gradient
  const auto without_gradient = path(LAMB{}, 0, {1, 2}, {{0, 0}});
  CHECK(without_gradient[0] == Values{1, 2});
}

TEST_CASE("AdamW's first step is the learning rate, whatever the gradient's size") {
  check_close(path(AdamW{.eps = 0}, 0, {0, 0, 0}, {{1e-6, -1, 1e6}})[0], {-lr, lr, -lr});
}

TEST_CASE("every rule finds the minimum of a bowl") {
  const UpdateRule rule = GENERATE(UpdateRule(SGD{.momentum = 0.5}), UpdateRule(AdamW{}), UpdateRule(LAMB{}));
  const Vector model({3, -4});
  const Tensor centre = tensor({1, 2}, DType::f64);
  Optimizer optimizer(rule, model);
  for (Index step = 0; step < 500; ++step) {
    optimizer.zero_grad();
    backward(mean_squared_error(model.x, centre));
    optimizer.step(cosine(0.1, 500)(step));
  }
  CHECK(optimizer.steps() == 500);
  CHECK(difference(model.x, centre) < 1e-2);
}

TEST_CASE("groups have their own weight decay and learning rate") {
  const Vector a({1}), b({1});
  Parameters first = a.parameters(), second = b.parameters();
  second[0].name = "y";
  Optimizer optimizer(SGD{}, {{first, 0.5}, {second, 0, 10}});
  backward(sum(a.x) + sum(b.x));
  optimizer.step(0.01);
  CHECK(a.x.item() == Catch::Approx(1 - 0.01 * 1.5));
  CHECK(b.x.item() == Catch::Approx(1 - 0.1));
}

TEST_CASE("decay_groups decays the matrices of linear layers only") {
  Init init;
  const SelfAttentionBlock block(4, 2, init);
  const ParameterGroups groups = decay_groups(block, 0.05);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].weight_decay == 0.05);
  CHECK(groups[1].weight_decay == 0);
  std::vector<std::string> decayed;
  for (const auto& [name, tensor] : groups[0].parameters) decayed.push_back(name);
  CHECK(decayed == std::vector<std::string>{"attention.query.weight", "attention.key.weight", "attention.value.weight",
                                            "attention.output.weight", "feed_forward.up.weight",
                                            "feed_forward.down.weight"});
  CHECK(groups[1].parameters.size() == block.parameters().size() - 6);
}

TEST_CASE("clip_grad_norm scales all gradients to the common norm, or leaves them") {
  const Vector a({0, 0}), b({0});
  Parameters all = a.parameters();
  all.push_back({"y", b.x});
  all.push_back({"no gradient", Vector({1}).x});
  backward(sum(a.x * tensor({3, 0}, DType::f64)) + sum(b.x * -4));
  CHECK(clip_grad_norm(all, 10) == Catch::Approx(5));
  CHECK(a.x.grad().values() == Values{3, 0});
  CHECK(clip_grad_norm(all, 1) == Catch::Approx(5));
  check_close(a.x.grad().values(), {0.6, 0});
  check_close(b.x.grad().values(), {-0.8});
}

TEST_CASE("norms have room for the squares of all f32") {
  struct Single : Module {
    Tensor x;
    explicit Single(double value) : x(parameter("x", full({1}, value))) {}
  };
  const Single large(0), small(1e-25);
  backward(sum(large.x * 1e30));
  CHECK(clip_grad_norm(large.parameters(), 1) == Catch::Approx(1e30));
  CHECK(large.x.grad().item() == Catch::Approx(1));
  Optimizer lamb(LAMB{}, small);
  backward(sum(small.x));
  lamb.step(0.1);  // by a tenth of its norm
  CHECK(small.x.item() == Catch::Approx(0.9e-25));
}

TEST_CASE("a run that is saved and resumed ends in the same bits as one that was not") {
  const UpdateRule rule = GENERATE(UpdateRule(SGD{.momentum = 0.9}), UpdateRule(AdamW{}), UpdateRule(LAMB{}));
  const auto train = [](const Toy& model, Optimizer& optimizer, Index from, Index to) {
    for (Index step = from; step < to; ++step) {
      optimizer.zero_grad();
      backward(model.loss(std::uint64_t(step)));
      clip_grad_norm(model.parameters(), 1);
      optimizer.step(cosine(1e-2, 20, 5)(step));
    }
  };
  const auto fresh = [](std::uint64_t seed) {
    Init init{.generator = Generator(seed)};
    return Toy(init);
  };
  const auto copies = [](const NamedTensors& tensors) {
    NamedTensors all;
    for (const auto& [name, tensor] : tensors)
      (all[name] = Tensor::empty(tensor.shape(), tensor.dtype())).copy_from(tensor);
    return all;
  };
  const Toy unbroken = fresh(1);
  Optimizer optimizer(rule, decay_groups(unbroken, 0.1));
  train(unbroken, optimizer, 0, 10);
  const NamedTensors weights = copies(named_tensors(unbroken)), state = copies(optimizer.state());
  train(unbroken, optimizer, 10, 20);

  const Toy resumed = fresh(2);
  load_parameters(resumed, weights);
  Optimizer again(rule, decay_groups(resumed, 0.1));
  again.load_state(state);
  CHECK(again.steps() == 10);
  train(resumed, again, 10, 20);
  for (const auto& [name, tensor] : named_tensors(unbroken))
    CHECK(tensor.values() == named_tensors(resumed).at(name).values());
}

TEST_CASE("the state has a name for everything, and loading is strict") {
  const Vector model({1, 2});
  Optimizer sgd(SGD{}, model), adam(AdamW{}, model);
  std::vector<std::string> found;
  for (const auto& [name, tensor] : adam.state()) found.push_back(name);
  CHECK(found == std::vector<std::string>{"first_moment.x", "second_moment.x", "step"});
  CHECK(error_of([&] { adam.load_state(sgd.state()); }) ==
        "the state does not fit the optimiser:\n"
        "  missing: first_moment.x (2)\n"
        "  missing: second_moment.x (2)\n"
        "  extra: momentum.x (2)");
}

TEST_CASE("what an optimiser cannot do is told") {
  const Vector model({1, 2});
  Optimizer optimizer(SGD{}, model);
  CHECK(error_of([&] { optimizer.step(1); }) ==
        "Optimizer: x has no gradient; call backward() on a loss that depends on it, or leave it out");
  CHECK(optimizer.steps() == 0);
  CHECK(error_of([&] {
          Optimizer(SGD{}, {{model.parameters()}, {model.parameters()}});
        }) == "Optimizer: two parameters are named x; names must differ");
  Init init{.shapes_only = true};
  CHECK(error_of([&] { Optimizer(SGD{}, Linear(2, 3, init)); }) ==
        "Optimizer: weight is a strided view; parameters must be contiguous");

  // one tensor in two groups: by another name, by another handle, in part
  Tensor x = zeros({4}).require_grad(), again = x.detach().require_grad(),
         part = slice(x.detach(), 0, 3, 4).require_grad(), rest = slice(x.detach(), 0, 0, 3).require_grad();
  for (const Tensor& other : {x, again, part})
    for (const bool first : {false, true})
      CHECK(error_of([&] {
              Optimizer(SGD{},
                        {{{{first ? "a" : "b", x}}}, {{{"c", zeros({2}).require_grad()}, {first ? "b" : "a", other}}}});
            }) == "Optimizer: a and b are one tensor or share memory; each must be named once");
  Optimizer(SGD{}, {{{{"a", part}}}, {{{"b", rest}}}});  // apart in one storage
  Optimizer(SGD{}, {{{{"a", zeros({0}).require_grad()}, {"b", zeros({0}).require_grad()}}}});
}

TEST_CASE("a tensor under two names counts once in the norm of the gradients, and is scaled once") {
  Tensor x = zeros({2}).require_grad();
  backward(sum(x * tensor({3, 4})));
  CHECK(clip_grad_norm({{"a", x}, {"b", x}}, 1) == 5);
  CHECK(std::abs(x.grad().at({1}) - 0.8) < 1e-7);
}
