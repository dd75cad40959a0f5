// Rearranging and choosing beside the table of ops: indices, sizes of 0, eight axes.
#include "tests/catch.h"
#include "tests/engine/op_checks.h"

using namespace latent;
using namespace latent::test;

namespace {

void check_i64(const Tensor& actual, const std::vector<double>& values, const Shape& shape) {
  CHECK(actual.dtype() == DType::i64);
  CHECK(difference(actual, tensor(values, shape, DType::i64), 0) == "");
}

}  // namespace

TEST_CASE("arrange: tensors of i64") {
  const Tensor x = tensor({3, 1, 2, 3, 5, 4}, {2, 3}, DType::i64);
  const auto [values, indices] = topk(x, 2);
  check_i64(values, {3, 2, 5, 4}, {2, 2});
  check_i64(indices, {0, 2, 1, 2}, {2, 2});
  check_i64(flip(x, 1), {2, 1, 3, 4, 5, 3}, {2, 3});
  check_i64(pad(x, {{0, 0}, {-1, 1}}, 7), {1, 2, 7, 5, 4, 7}, {2, 3});
  check_i64(tile(x, {2}), {3, 1, 2, 3, 1, 2, 3, 5, 4, 3, 5, 4}, {2, 6});
  check_i64(tril(x), {3, 0, 0, 3, 5, 0}, {2, 3});
  check_i64(triu(x, 1), {0, 1, 2, 0, 0, 4}, {2, 3});
}

TEST_CASE("arrange: nothing is left, or eight axes are there") {
  CHECK(topk(ones({2, 3}), 0).values.shape() == Shape{2, 0});
  CHECK(topk(ones({0, 3}), 2).indices.shape() == Shape{0, 2});
  CHECK(tile(ones({2, 3}), {0, 2}).shape() == Shape{0, 6});
  CHECK(pad(ones({2, 3}), {{-1, -1}, {0, 0}}).shape() == Shape{0, 3});
  CHECK(tile(ones({1, 2, 1, 1, 1, 1, 1, 3}), {2, 2}).shape() == Shape{1, 2, 1, 1, 1, 1, 2, 6});
  CHECK(tril(ones({0, 3})).shape() == Shape{0, 3});
  for (const Index far : {Index(1) << 62, -(Index(1) << 62)}) {
    CHECK(sum(tril(ones({2, 3}), far)).item() == (far > 0 ? 6 : 0));
    CHECK(sum(triu(ones({2, 3}), far)).item() == (far > 0 ? 0 : 6));
  }
}

TEST_CASE("arrange: einsum of three equal letters, of letters that are summed, and of blanks") {
  const Tensor x = reshape(arange(0, 27), {3, 3, 3});
  CHECK(difference(einsum("iii->i", x), tensor({0, 13, 26}), 0) == "");
  CHECK(difference(einsum(" b a ", reshape(arange(0, 6), {2, 3})), tensor({0, 3, 1, 4, 2, 5}, {3, 2}), 0) == "");
  CHECK(einsum("ij->", ones({2, 3})).item() == 6);
  CHECK(einsum("ij,kl->", ones({2, 3}), ones({4, 5})).item() == 120);
  CHECK(difference(einsum("...i->i", reshape(arange(0, 6), {2, 1, 3})), tensor({3, 5, 7}), 0) == "");
  CHECK(einsum(",", scalar(2), scalar(3)).item() == 6);
  CHECK(einsum("ij,jk", zeros({2, 0}), zeros({0, 3})).shape() == Shape{2, 3});
  CHECK(einsum("Ab->bA", ones({2, 3})).shape() == Shape{3, 2});
}
