// Batches made ahead by threads.
#include <atomic>
#include <stdexcept>

#include "tests/catch.h"
#include "tests/error_of.h"
#include "train/loader.h"

using namespace latent;
using namespace latent::train;
using namespace latent::test;

TEST_CASE("A loader gives its batches in order, makes few ahead, and passes on what making one threw") {
  const auto batch_of = [](Index i) { return Batch{scalar(double(i)), {}}; };
  for (const int workers : {0, 1, 3}) {
    std::atomic<Index> made = 0, given = 0;
    std::atomic<bool> hurried = false;
    {
      Loader loader(
          [&](Index i) {
            if (made.fetch_add(1) > given + 2 * workers + 1) hurried = true;
            if (i == 17) throw std::runtime_error("a torn page");
            return batch_of(i);
          },
          5, 30, workers);
      for (Index i = 5; i < 17; ++i, ++given) CHECK(loader.next().input.item() == double(i));
      CHECK_THROWS_WITH(loader.next(), "a torn page");
      ++given;
      CHECK(loader.next().input.item() == 18);
    }  // and the rest is not waited for
    CHECK_FALSE(hurried);
    CHECK(made < 30 - 5);
    Loader two(batch_of, 0, 2, workers);
    two.next(), two.next();
    CHECK(error_of([&] { two.next(); }) == "Loader: all 2 batches were taken");
  }
}
