// Threads of the user's own: each builds graphs over weights that all share. With the thread sanitizer (LATENT_SANITIZE_THREAD)
// these tests look for data races.
#include <thread>

#include "engine/memory.h"
#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

constexpr int users = 4;

// f(0) to f(users - 1), each on a thread of its own.
template <class F> void on_threads(F f) {
  std::vector<std::thread> all;
  for (int user = 0; user < users; ++user) all.emplace_back(f, user);
  for (std::thread& each : all) each.join();
}

struct Weights {
  Generator generator{1};
  Tensor first = randn({64, 48}, generator).require_grad(), second = randn({48, 10}, generator).require_grad();
  Tensor scale = ones({48}).require_grad(), shift = zeros({48}).require_grad();

  // A loss and its gradients for a batch that `seed` draws.
  std::vector<std::vector<double>> gradients(int seed) const {
    Generator chance(std::uint64_t(seed) + 2);
    const Tensor x = randn({40, 64}, chance), labels = randint(0, 10, {40}, chance);
    const Tensor loss = cross_entropy(matmul(layer_norm(gelu(matmul(x, first)), scale, shift), second), labels);
    std::vector<std::vector<double>> all{{loss.item()}};
    for (const Tensor& gradient : grad(loss, {first, second, scale, shift})) all.push_back(gradient.values());
    return all;
  }
};

}  // namespace

TEST_CASE("concurrency: threads that differentiate over shared weights get what one gets") {
  const Weights weights;
  std::vector<std::vector<std::vector<double>>> expected;
  for (int user = 0; user < users; ++user) expected.push_back(weights.gradients(user));
  for (const int count : {1, 3}) {
    const Threads scope(count);
    std::vector<int> right(users, 0);
    on_threads([&](int user) {
      for (int round = 0; round < 20; ++round)
        right[std::size_t(user)] += weights.gradients(user) == expected[std::size_t(user)];
    });
    CHECK(right == std::vector<int>(users, 20));
  }
}

TEST_CASE("concurrency: tensors made on one thread are used and freed on another") {
  const Index before = memory().current;
  {
    std::vector<Tensor> made(users);
    on_threads([&](int user) { made[std::size_t(user)] = full({1000, 100}, user).require_grad() * 2.0; });
    std::vector<double> sums(users);
    on_threads([&](int user) {
      Tensor taken = std::move(made[std::size_t((user + 1) % users)]);
      for (int round = 0; round < 50; ++round) taken = taken + 1.0;  // and frees what it was
      sums[std::size_t(user)] = mean(taken).item();
    });
    CHECK(sums == std::vector<double>{52, 54, 56, 50});
  }
  CHECK(memory().current == before);
}

TEST_CASE("concurrency: one tensor is copied, viewed and read by all") {
  const Tensor shared = full({100, 100}, 0.5).require_grad();
  const double expected = sum(transpose(shared)).item();
  std::vector<double> sums(users);
  on_threads([&](int user) {
    for (int round = 0; round < 50; ++round) {
      const Tensor copy = shared, view = slice(copy, 0, 0, 100);
      sums[std::size_t(user)] = sum(transpose(view)).item();
    }
  });
  CHECK(sums == std::vector<double>(users, expected));
}

TEST_CASE("concurrency: what a thread switches off is on for the others") {
  const Tensor x = ones({3}).require_grad();
  std::vector<int> recorded(users, 0);
  on_threads([&](int user) {
    for (int round = 0; round < 200; ++round) {
      const Recording scope(user % 2 == 0);
      recorded[std::size_t(user)] += (x * 2.0).requires_grad();
    }
  });
  CHECK(recorded == std::vector<int>{200, 0, 200, 0});
}
