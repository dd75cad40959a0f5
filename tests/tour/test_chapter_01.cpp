#include "docs/tour/exercises/exercises.h"
#include "tests/catch.h"

using namespace latent;

TEST_CASE("1.1 the diagonal is a view") {
  const Tensor x = reshape(arange(0, 9), {3, 3}), d = tour::diagonal(x);
  CHECK(d.values() == std::vector<double>{0, 4, 8});
  CHECK(d.storage() == x.storage());
  const Tensor corner = slice(slice(reshape(arange(0, 16), {4, 4}), 0, 1, 4), 1, 1, 4);  // a view itself
  CHECK(tour::diagonal(corner).values() == std::vector<double>{5, 10, 15});
}

TEST_CASE("1.2 windows overlap and copy nothing") {
  const Tensor x = arange(0, 6), w = tour::windows(x, 3);
  CHECK(w.shape() == Shape{4, 3});
  CHECK(w.values() == std::vector<double>{0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5});
  CHECK(w.storage() == x.storage());
  CHECK(tour::windows(slice(arange(0, 12), 0, 0, 12, 2), 2).values() ==
        std::vector<double>{0, 2, 2, 4, 4, 6, 6, 8, 8, 10});  // of a row that is a view itself
}

TEST_CASE("1.3 an image becomes patches") {
  const Tensor p = tour::patches(reshape(arange(0, 24), {4, 6}), 2);
  CHECK(p.shape() == Shape{6, 4});
  CHECK(select(p, 0, 0).values() == std::vector<double>{0, 1, 6, 7});
  CHECK(select(p, 0, 2).values() == std::vector<double>{4, 5, 10, 11});
  CHECK(select(p, 0, 3).values() == std::vector<double>{12, 13, 18, 19});
}
