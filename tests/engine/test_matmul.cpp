// Products of every size and stride against three loops: the blocks and register tiles of the kernel have edges.
#include <array>
#include <cmath>

#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

Tensor random(const Shape& shape, DType dtype, std::uint64_t seed) {
  Generator generator(seed);
  return cast(randn(shape, generator), dtype);
}

// (m, k) (k, n) of contiguous f64
Tensor product(const Tensor& a, const Tensor& b) {
  const Index m = a.size(0), k = a.size(1), n = b.size(1);
  const Tensor c = zeros({m, n}, DType::f64);
  const double *from_a = a.data<double>(), *from_b = b.data<double>();
  double* to = c.mutable_data<double>();
  for (Index i = 0; i < m; ++i)
    for (Index p = 0; p < k; ++p)
      for (Index j = 0; j < n; ++j) to[i * n + j] += from_a[i * k + p] * from_b[p * n + j];
  return c;
}

// Ways in which a matrix may lie in memory.
Tensor rows(const Tensor& x) { return x; }
Tensor columns(const Tensor& x) { return transpose(contiguous(transpose(x))); }
Tensor every_other_column(const Tensor& x) { return select(stack({x, full(x.shape(), NAN, x.dtype())}, -1), -1, 0); }
Tensor every_other_row(const Tensor& x) { return select(stack({x, full(x.shape(), NAN, x.dtype())}, 1), 1, 0); }

double tolerance(DType dtype, Index k) { return (dtype == DType::f32 ? 3e-7 : 1e-15) * (4 + std::sqrt(double(k))); }

void check(Index m, Index k, Index n, DType dtype, Tensor (*lay_a)(const Tensor&), Tensor (*lay_b)(const Tensor&)) {
  INFO("(" << m << ", " << k << ") (" << k << ", " << n << ") in " << to_string(dtype) << " at " << level());
  const Tensor a = random({m, k}, dtype, 1), b = random({k, n}, dtype, 2);
  const Tensor expected = product(cast(a, DType::f64), cast(b, DType::f64));
  CHECK(difference(matmul(lay_a(a), lay_b(b)), expected, tolerance(dtype, k)) == "");
}

}  // namespace

TEST_CASE("matmul: every small size") {
  for_each_level([](const std::string&) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const Index m : {0, 1, 2, 5, 6, 7, 11, 12, 13, 25})
        for (const Index n : {0, 1, 3, 4, 7, 8, 9, 16, 17, 31, 33, 65})
          for (const Index k : {0, 1, 2, 7, 16}) check(m, k, n, dtype, rows, rows);
  });
}

TEST_CASE("matmul: sizes beyond the packed blocks") {
  for_each_level([](const std::string&) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const auto& [m, k, n] : {std::array<Index, 3>{97, 257, 513},
                                    {1, 600, 1030},
                                    {200, 5, 1},
                                    {1, 1, 1100},
                                    {193, 512, 3},
                                    {96, 256, 512},
                                    {130, 800, 1056},
                                    {95, 255, 511},
                                    {300, 1, 7},
                                    {5, 1027, 6}})
        check(m, k, n, dtype, rows, rows);
  });
}

TEST_CASE("matmul: operands of any strides") {
  for_each_level([](const std::string&) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (auto* lay_a : {rows, columns, every_other_column, every_other_row})
        for (auto* lay_b : {rows, columns, every_other_column, every_other_row})
          for (const auto& [m, k, n] : {std::array<Index, 3>{7, 5, 9}, {1, 20, 33}, {33, 20, 1}, {50, 260, 35}})
            check(m, k, n, dtype, lay_a, lay_b);
  });
}

TEST_CASE("matmul: stride 0 within a matrix") {
  const Tensor a = random({1, 20}, DType::f64, 1), b = random({20, 1}, DType::f64, 2),
               c = random({1, 1}, DType::f64, 3);
  for_each_level([&](const std::string&) {
    const Tensor wide_a = broadcast_to(a, {15, 20}), wide_b = broadcast_to(b, {20, 17}),
                 same = broadcast_to(c, {20, 20});
    CHECK(difference(matmul(wide_a, wide_b), matmul(contiguous(wide_a), contiguous(wide_b)), 1e-15) == "");
    CHECK(difference(matmul(wide_a, same), matmul(contiguous(wide_a), contiguous(same)), 1e-15) == "");
  });
}

TEST_CASE("matmul: batches that broadcast") {
  const std::vector<std::pair<Shape, Shape>> pairs{
      {{3, 4, 5}, {5, 6}},          {{4, 5}, {3, 5, 6}}, {{2, 3, 4, 5}, {3, 5, 6}}, {{2, 1, 4, 5}, {1, 3, 5, 6}},
      {{2, 3, 4, 5}, {2, 1, 5, 6}}, {{0, 4, 5}, {5, 6}}, {{1, 4, 5}, {0, 5, 6}},    {{7, 1, 5}, {7, 5, 1}}};
  for (const auto& [left, right] : pairs) {
    INFO(to_string(left) << " " << to_string(right));
    const Tensor a = random(left, DType::f64, 1), b = random(right, DType::f64, 2), c = matmul(a, b);
    Shape batch = broadcast_shapes("test", left.first(left.rank() - 2), right.first(right.rank() - 2));
    const auto matrices = [&](const Tensor& x) {
      Shape shape = batch;
      shape.push_back(x.size(-2));
      shape.push_back(x.size(-1));
      return reshape(broadcast_to(x, shape), {elements(batch), x.size(-2), x.size(-1)});
    };
    const Tensor as = matrices(a), bs = matrices(b), cs = matrices(c);
    CHECK(c.rank() == batch.rank() + 2);
    for (Index i = 0; i < elements(batch); ++i)
      CHECK(difference(select(cs, 0, i), product(contiguous(select(as, 0, i)), contiguous(select(bs, 0, i))), 1e-14) ==
            "");
  }
}

TEST_CASE("matmul: batches of transposed and permuted matrices") {
  const Tensor x = random({2, 5, 3, 4}, DType::f64, 1),
               heads = permute(x, {0, 2, 1, 3});  // (B, N, H, D) -> (B, H, N, D)
  const Tensor scores = matmul(heads, transpose(heads)), plain = contiguous(heads);
  CHECK(difference(scores, matmul(plain, contiguous(transpose(plain))), 1e-14) == "");
  CHECK(difference(select(select(scores, 0, 1), 0, 2),
                   product(contiguous(select(select(heads, 0, 1), 0, 2)),
                           contiguous(transpose(select(select(heads, 0, 1), 0, 2)))),
                   1e-14) == "");
}

TEST_CASE("matmul: gradients at sizes beyond one block") {
  for (const auto& [left, right] : {std::pair<Shape, Shape>{{2, 97, 60}, {60, 33}}, {{3, 50}, {4, 50, 130}}}) {
    Tensor a = random(left, DType::f64, 1).require_grad(), b = random(right, DType::f64, 2).require_grad();
    const Tensor c = matmul(a, b), g = random(c.shape(), DType::f64, 3);
    const Tensors gradients = grad(c, {a, b}, false, g);
    const Tensor expected_a = sum_to(matmul(g, contiguous(transpose(b.detach()))), left);
    const Tensor expected_b = sum_to(matmul(contiguous(transpose(a.detach())), g), right);
    CHECK(difference(gradients[0], expected_a, 1e-13) == "");
    CHECK(difference(gradients[1], expected_b, 1e-13) == "");
  }
}

TEST_CASE("matmul: NaN and infinity reach what they touch and nothing else") {
  for_each_level([](const std::string&) {
    Tensor a = ones({13, 9}), b = ones({9, 19});
    a.mutable_data<float>()[3 * 9 + 2] = NAN;
    b.mutable_data<float>()[5 * 19 + 7] = INFINITY;
    const Tensor c = matmul(a, b);
    for (Index i = 0; i < 13; ++i)
      for (Index j = 0; j < 19; ++j) {
        const double value = c.at({i, j});
        CHECK((i == 3 ? std::isnan(value) : j == 7 ? std::isinf(value) : value == 9));
      }
  });
}

TEST_CASE("linear: sizes, strides and bias at every level") {
  for_each_level([](const std::string&) {
    for (const Index out : {1, 16, 33, 600})
      for (const Index in : {0, 1, 9, 300}) {
        const Tensor x = random({3, 7, in}, DType::f64, 1), w = random({out, in}, DType::f64, 2),
                     b = random({out}, DType::f64, 3);
        const Tensor expected = reshape(product(reshape(x, {21, in}), contiguous(transpose(w))), {3, 7, out}) + b;
        CHECK(difference(linear(x, w, b), expected, 1e-14) == "");
        CHECK(difference(linear(columns(reshape(x, {21, in})), columns(w), select(stack({b, b}, 1), 1, 0)),
                         reshape(expected, {21, out}), 1e-14) == "");
      }
  });
}
