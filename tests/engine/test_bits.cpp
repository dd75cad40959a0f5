// The bits of a value follow from what it is computed from: not from its neighbours in memory, nor from how many other
// samples are in the batch, nor from how the work was shared among threads.
#include <cstring>
#include <limits>

#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = contiguous(a.detach()), y = contiguous(b.detach());
  if (x.shape() != y.shape() || x.dtype() != y.dtype()) return false;
  return with_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return std::memcmp(x.data<T>(), y.data<T>(), size_t(x.size()) * sizeof(T)) == 0;
  });
}

Tensor random(const Shape& shape, DType dtype, std::uint64_t seed) {
  Generator generator(seed);
  return randn(shape, generator, dtype);
}

// Numbers for which a function may take another path: small and large, subnormal, whole, infinite.
Tensor numbers(DType dtype, Index count, std::uint64_t seed) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Tensor special =
      tensor({0.5,        1000, -74.3441086, 0,     -0.0, 1,    -1,    3,     1e-3,   0.7853981633974483,
              0.78539822, 62.8, 63,          804,   1e6,  1e20, -1e20, 1e-40, 1e-310, 88.5,
              -88.5,      104,  -104,        709.5, -745, inf,  -inf,  1.5,   0.67,   5.7,
              -5.7,       40},
             dtype);
  Generator generator(seed);
  const Tensor wide = randn({count}, generator, dtype) * exp(4.0 * randn({count}, generator, dtype));
  return index_select(concat({special, wide}), 0, randint(0, special.size() + count, {count}, generator));
}

}  // namespace

TEST_CASE("bits: a value of an elementwise function does not depend on its neighbours") {
  for (const OpRow& row : elementwise_rows()) {
    if (row.name == "cast") continue;  // not every number has a place among those of an i64
    for_each_level([&](const std::string& level) {
      for (const DType dtype : {DType::f32, DType::f64}) {
        INFO(title(row) << " in " << to_string(dtype) << " at " << level);
        Tensors inputs;
        for (size_t i = 0; i < row.operands.size(); ++i) inputs.push_back(numbers(dtype, 300, i + 1));
        const auto part = [&](Index begin, Index end, Index step) {
          Tensors chosen;
          for (const Tensor& each : inputs) chosen.push_back(slice(each, 0, begin, end, step));
          return row.op(chosen);
        };
        const Tensor whole = row.op(inputs);
        for (const Index step : {1, 2, 7})
          for (const Index begin : {0, 1, 5})
            CHECK(same_bits(part(begin, 300, step), slice(whole, 0, begin, 300, step)));
        for (Index i = 0; i < 300; ++i)
          if (!same_bits(part(i, i + 1, 1), slice(whole, 0, i, i + 1)))
            FAIL_CHECK("alone: value " << inputs[0].at({i}));
      }
    });
  }
}

TEST_CASE("bits: a sample's result is the same alone and in any batch") {
  struct PerSample {
    const char* name;
    Shape sample;
    Tensor (*op)(const Tensor& x);  // (B, ...) -> (B, ...)
  };
  const auto weight = [](const Tensor& x, Index out) { return random({out, x.size(-1)}, x.dtype(), 8); };
  static const auto weights = weight;
  const PerSample functions[] = {
      {"linear", {256}, [](const Tensor& x) { return linear(x, weights(x, 32)); }},
      {"linear to 70", {90}, [](const Tensor& x) { return linear(x, weights(x, 70)); }},
      {"linear of tokens", {3, 40}, [](const Tensor& x) { return linear(x, weights(x, 7)); }},
      {"matmul", {33}, [](const Tensor& x) { return matmul(x, contiguous(transpose(weights(x, 65)))); }},
      {"matmul of long rows", {7000}, [](const Tensor& x) { return matmul(x, transpose(weights(x, 5))); }},
      {"batched matmul", {5, 6}, [](const Tensor& x) { return matmul(x, transpose(x)); }},
      {"softmax", {50}, [](const Tensor& x) { return softmax(x); }},
      {"log_softmax", {50}, [](const Tensor& x) { return log_softmax(x); }},
      {"layer_norm", {70}, [](const Tensor& x) { return layer_norm(x); }},
      {"rms_norm", {70}, [](const Tensor& x) { return rms_norm(x); }},
      {"sum of rows", {5000}, [](const Tensor& x) { return sum(x, -1); }},
      {"mean of tokens", {300, 5}, [](const Tensor& x) { return mean(x, 1); }},
      {"samples on the last axis",
       {300, 2},
       [](const Tensor& x) {
         return transpose(sum(contiguous(permute(x, {1, 2, 0})), 0), 0, 1);
       }},
      {"var", {90}, [](const Tensor& x) { return var(x, 1); }},
      {"logsumexp", {90}, [](const Tensor& x) { return logsumexp(x, 1); }},
      {"attention", {2, 5, 8}, [](const Tensor& x) { return attention(x, x, x); }},
      {"attention to one head",
       {2, 70, 8},
       [](const Tensor& x) { return attention(x, slice(x, 1, 0, 1), slice(x, 1, 1, 2)); }},
  };
  for_each_level([&](const std::string& level) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const PerSample& each : functions) {
        Shape shape{131};
        for (const Index size : each.sample) shape.push_back(size);
        const Tensor x = random(shape, dtype, 1), whole = each.op(x);
        for (const Index count : {1, 2, 3, 4, 5, 6, 12, 13, 16, 17, 33, 130})
          for (const Index begin : {Index(0), 131 - count}) {
            INFO(each.name << ", " << count << " samples from " << begin << " on, in " << to_string(dtype) << " at "
                           << level);
            const Index end = begin + count;
            CHECK(same_bits(each.op(slice(x, 0, begin, end)), slice(whole, 0, begin, end)));
          }
      }
  });
}

TEST_CASE("bits: a query's attention is the same alone, among others, and where gradients are recorded") {
  for_each_level([&](const std::string& level) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const Index T : {1, 2, 63, 64, 65, 96, 97, 200})
        for (const Index D : {3, 16, 70})
          for (const bool causal : {false, true}) {
            const Index G = 2, H = 4;
            const Tensor q = random({1, H, T, D}, dtype, 1), k = random({1, G, T, D}, dtype, 2),
                         v = random({1, G, T, D + 1}, dtype, 3);
            AttentionOptions options{.causal = causal};
            const Tensor whole = attention(q, k, v, options);
            for (const Index N : {1, 2, 3, 5, 9}) {
              if (N > T) continue;
              INFO(N << " of " << T << " queries of size " << D << (causal ? ", causal" : "") << ", in "
                     << to_string(dtype) << " at " << level);
              const Tensor last = slice(q, 2, T - N, T);
              CHECK(same_bits(attention(last, k, v, options), slice(whole, 2, T - N, T)));
              Tensor leaf = last.detach().require_grad();
              CHECK(same_bits(attention(leaf, k, v, options), slice(whole, 2, T - N, T)));
              if (!causal) {  // a mask, and keys that lie in memory in another way
                options.mask = cast(less(random({T}, dtype, 4), scalar(0.5, dtype)), dtype);
                const Tensor turned = transpose(contiguous(transpose(k)));
                CHECK(same_bits(attention(last, turned, v, options), slice(attention(q, k, v, options), 2, T - N, T)));
                options.mask = {};
              }
            }
          }
  });
}

TEST_CASE("bits: products have the same for any number of threads, at every size where a path may change", "[slow]") {
  for_each_level([&](const std::string& level) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const Index m : {1, 2, 3, 4, 5, 6, 7, 12, 13, 16, 17, 33, 48, 49, 131, 1025})
        for (const Index n : {32, 70})
          for (const Index k : {256, 800}) {
            const Tensor a = random({m, k}, dtype, 1), b = random({n, k}, dtype, 2), bias = random({n}, dtype, 3);
            const auto all = [&](int count) {
              const Threads scope(count);
              return Tensors{linear(a, b, bias), matmul(a, transpose(b)), matmul(b, transpose(a)),
                             matmul(a, contiguous(transpose(b)))};
            };
            const Tensors expected = all(1);
            for (const int count : {2, 3, 5, 8, 16, 64}) {
              const Tensors found = all(count);
              for (size_t i = 0; i < found.size(); ++i) {
                INFO("product " << i << " of " << m << " rows, " << n << " columns, sums of " << k << " in "
                                << to_string(dtype) << " at " << level << " on " << count << " threads");
                CHECK(same_bits(found[i], expected[i]));
              }
            }
          }
  });
}
