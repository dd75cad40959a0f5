// Running sums of long rows.
#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

double last(const Tensor& x) { return x.at({-1}); }

}  // namespace

TEST_CASE("scan: the last of many sums is as exact as the first") {
  const Index n = 20'000'000;
  CHECK(last(cumsum(ones({n}))) == double(n));  // above 2^24 adding 1 changes no f32
  const float tenth = 0.1F;
  CHECK(last(cumsum(full({n}, tenth))) == float(double(tenth) * double(n)));
  CHECK(difference(cumsum(tensor({1e16, 1, -1e16, 1}, DType::f64)), tensor({1e16, 1e16, 1, 2}, DType::f64), 0) == "");
}

TEST_CASE("scan: a row's bits depend on the row") {
  Generator generator(1);
  const Tensor x = randn({37, 5003}, generator), all = cumsum(x);
  for (const int count : {2, 3, 8}) {
    const Threads scope(count);
    CHECK(difference(cumsum(x), all, 0) == "");
  }
  for (const Index row : {0, 1, 36}) CHECK(difference(cumsum(select(x, 0, row)), select(all, 0, row), 0) == "");
}
