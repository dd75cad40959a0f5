// A step in shards: the gradients of one backward pass, and the same bits for any number of threads.
#include <algorithm>
#include <atomic>
#include <set>

#include "engine/profile.h"
#include "engine/update.h"
#include "models/transformer.h"
#include "nn/dropout.h"
#include "tests/catch.h"
#include "tests/error_of.h"
#include "tests/settings.h"
#include "train/shards.h"

using namespace latent;
using namespace latent::train;
using namespace latent::test;

namespace {

models::LanguageModel model_of(DType dtype) {
  nn::Init init{.generator = Generator(1), .dtype = dtype};
  return models::LanguageModel(
      {.vocabulary = 11, .context = 6, .layers = 2, .channels = 16, .heads = 2, .dropout = 0.3}, init);
}

// A batch, and its loss with dropout.
struct Step {
  models::LanguageModel model;
  Generator generator{2};
  Index samples = 13;
  Tensor text = randint(0, 11, {samples, 6}, generator), next = randint(0, 11, {samples, 6}, generator);

  explicit Step(DType dtype) : model(model_of(dtype)) {}

  Tensor loss(Index begin, Index end) const {
    return cross_entropy(model(slice(text, 0, begin, end)), slice(next, 0, begin, end));
  }
  double in_shards(Index shard_size) const {
    const nn::Training scope(Generator(3));
    return backward_in_shards(model, samples, shard_size, [&](Index begin, Index end) { return loss(begin, end); });
  }
  std::vector<std::vector<double>> gradients() const {
    std::vector<std::vector<double>> all;
    for (const auto& [name, parameter] : model.parameters()) all.push_back(parameter.grad().values());
    return all;
  }
};

}  // namespace

TEST_CASE("shards: gradients and loss equal those of one backward pass, with dropout and a short last shard") {
  const Step step(DType::f64);
  double loss = 0;
  {
    const nn::Training scope(Generator(3));
    const Tensor whole = step.loss(0, step.samples);
    loss = whole.item();
    backward(whole);
  }
  const auto expected = step.gradients();
  for (const Index size : {1, 2, 3, 4, 5, 12, 13, 100}) {
    CAPTURE(size);
    step.model.zero_grad();
    CHECK(step.in_shards(size) == Catch::Approx(loss).epsilon(1e-13));
    const auto gradients = step.gradients();
    for (std::size_t i = 0; i < expected.size(); ++i)
      for (std::size_t j = 0; j < expected[i].size(); ++j) CHECK(std::abs(gradients[i][j] - expected[i][j]) < 1e-12);
  }
}

TEST_CASE("shards: the same bits for any number of threads") {
  const Step step(DType::f32);
  for (const Index size : {1, 3, 4, 13}) {
    std::set<double> losses;
    std::set<std::vector<std::vector<double>>> gradients;
    for (const int count : {1, 2, 3, 8}) {
      const Threads scope(count);
      losses.insert(step.in_shards(size));
      gradients.insert(step.gradients());
    }
    CHECK(losses.size() == 1);
    CHECK(gradients.size() == 1);
  }
}

TEST_CASE("shards: each gradient is in memory of its own, and nothing else is left") {
  const Step step(DType::f32);
  const Index nodes = live_nodes();
  step.in_shards(4);
  CHECK(live_nodes() == nodes);
  std::set<const Storage*> memories;
  for (const auto& [name, parameter] : step.model.parameters()) {
    CHECK(parameter.grad().is_contiguous());
    CHECK(parameter.grad().storage()->bytes == parameter.grad().size() * 4);
    CHECK(memories.insert(parameter.grad().storage().get()).second);
  }
}

TEST_CASE("shards: an exception of a shard reaches the caller, the first shard's if several fail") {
  const Step step(DType::f32);
  step.in_shards(4);
  const auto before = step.gradients();
  const Index nodes = live_nodes();
  for (const int count : {1, 2, 8}) {
    const Threads scope(count);
    CHECK(error_of([&] {
            backward_in_shards(step.model, step.samples, 2, [&](Index begin, Index end) {
              if (begin >= 6) fail("shard from {}", begin);
              return step.loss(begin, end);
            });
          }) == "shard from 6");
    CHECK(live_nodes() == nodes);
    CHECK(step.gradients() == before);
  }
  step.in_shards(4);
  CHECK(step.gradients() == before);
}

TEST_CASE("shards: a parameter that no loss, or only some, depend on") {
  struct Two : nn::Module {
    Tensor used = parameter("used", ones({2}, DType::f64)), sometimes = parameter("sometimes", ones({2}, DType::f64)),
           unused = parameter("unused", ones({2}, DType::f64));
  } const model;
  const double loss = backward_in_shards(model, 5, 2, [&](Index begin, Index) {
    return begin == 2 ? sum(model.used * model.sometimes) : sum(model.used);
  });
  CHECK(loss == Catch::Approx(2));
  CHECK(model.used.grad().values() == std::vector<double>{1, 1});
  CHECK(model.sometimes.grad().values() == std::vector<double>{0.4, 0.4});
  CHECK_FALSE(model.unused.grad().defined());
}

TEST_CASE("shards: errors for a wrong size, a loss without history, and a loss of several values") {
  const Step step(DType::f32);
  const auto loss = [&](Index begin, Index end) { return step.loss(begin, end); };
  CHECK(error_of([&] { backward_in_shards(step.model, 13, 0, loss); }) ==
        "shards: 13 samples in shards of 0, and each must be at least 1");
  CHECK(error_of([&] { backward_in_shards(step.model, 0, 4, loss); }) ==
        "shards: 0 samples in shards of 4, and each must be at least 1");
  CHECK(error_of([&] { backward_in_shards(step.model, 4, 4, [](Index, Index) { return scalar(1); }); }) ==
        "backward: the () tensor has no history: nothing it was made of requires a gradient");
  CHECK(error_of([&] {
          backward_in_shards(step.model, 4, 4, [&](Index, Index) { return step.model.tokens.weight; });
        }) == "backward: the tensor has shape (11, 16), and one value is needed; sum it, or use grad()");
  const NoGrad off;
  CHECK(error_of([&] { backward_in_shards(step.model, 13, 2, loss); }) ==
        "backward: the () tensor has no history: nothing it was made of requires a gradient");
}

TEST_CASE("shards: a map of shards has the bits of the whole") {
  const Step step(DType::f32);
  const std::vector<double> whole = step.model(step.text).values();
  for (const Index size : {1, 2, 5, 13, 20})
    CHECK(map_shards(step.text, std::cref(step.model), size).values() == whole);
}

TEST_CASE("shards: NoGrad holds on every thread") {
  const Threads scope(4);
  const Step step(DType::f32);
  const NoGrad off;
  std::atomic<int> recorded = 0;
  for_each_shard(16, 1, [&](Index, Index) { recorded += step.loss(0, 1).requires_grad(); });
  CHECK(recorded == 0);
}

TEST_CASE("shards: gradients are added in place, of any type and of no values") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor sum = tensor({1, 2, 3}, dtype);
    const std::uint64_t version = sum.storage()->version;
    accumulate(sum, tensor({0.5, -2, 1e3}, dtype));
    CHECK(sum.values() == std::vector<double>{1.5, 0, 1003});
    CHECK(sum.storage()->version > version);
    accumulate(zeros({0, 4}, dtype), zeros({0, 4}, dtype));
  }
  CHECK(error_of([] { accumulate(zeros({2}), zeros({3})); }) ==
        "accumulate: f32 (3) beside f32 (2), and one shape and type are needed");
}

TEST_CASE("shards: within one, ops keep to its thread; a single shard leaves the threads to its ops") {
  const Threads scope(4);
  std::atomic<int> most = 0;
  for_each_shard(8, 2, [&](Index, Index) { most = std::max(most.load(), threads()); });
  CHECK(most == 1);
  for_each_shard(8, 8, [&](Index, Index) { most = threads(); });
  CHECK(most == 4);
}

TEST_CASE("shards: a profile has the events of all threads") {
  const Threads scope(2);
  const Step step(DType::f32);
  Profile profile;
  step.in_shards(2);
  double linear = 0, waits = 0;
  for (const ProfileEvent& event : profile.take()) {
    CHECK(event.seconds >= 0);
    CHECK((event.thread == 0 || event.thread == 1));
    linear += std::string(event.name) == "linear" && !event.backward;
    waits += std::string(event.name) == "wait for threads";
  }
  CHECK(linear == 7 * (2 * 6 + 1));
  CHECK(waits == 1);
}
