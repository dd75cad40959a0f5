// Attention at the sizes where its tiles have edges: the kernels against the composed definition.
#include <cmath>

#include "engine/ops/composed.h"
#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/error_of.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

struct Sizes {
  Index B, H, G, N, T, D, E;
};

Tensor random(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Generator generator(seed);
  return randn(shape, generator, dtype);
}

// Heads as a projection leaves them: (B, positions, heads, channels), seen as (B, heads, positions, channels).
Tensor heads(Index B, Index H, Index N, Index D, std::uint64_t seed, DType dtype = DType::f64) {
  return permute(random({B, N, H, D}, seed, dtype), {0, 2, 1, 3});
}

Tensors qkv(const Sizes& s, DType dtype = DType::f64) {
  return {heads(s.B, s.H, s.N, s.D, 1, dtype), heads(s.B, s.G, s.T, s.D, 2, dtype),
          heads(s.B, s.G, s.T, s.E, 3, dtype)};
}

AttentionOptions options(bool causal, const Tensor& mask = {}) {
  AttentionOptions chosen;
  chosen.causal = causal;
  chosen.mask = mask;
  return chosen;
}

using Attention = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const AttentionOptions&);

// The value and the three gradients.
Tensors passes(Attention f, Tensors x, const AttentionOptions& chosen) {
  for (Tensor& each : x) each = each.detach().require_grad();
  const Tensor y = f(x[0], x[1], x[2], chosen);
  Tensors all = grad(y, x, false, random(y.shape(), 5, y.dtype()));
  all.push_back(y.detach());
  return all;
}

std::string compare(const Tensors& actual, const Tensors& expected, double tolerance) {
  for (size_t i = 0; i < expected.size(); ++i)
    if (const std::string problem = difference(actual[i], expected[i], tolerance); !problem.empty())
      return std::string(i == 0 ? "gq" : i == 1 ? "gk" : i == 2 ? "gv" : "value") + ": " + problem;
  return "";
}

void check(const Sizes& s, const AttentionOptions& chosen) {
  INFO("B " << s.B << " H " << s.H << " G " << s.G << " N " << s.N << " T " << s.T << " D " << s.D << " E " << s.E
            << (chosen.causal ? " causal" : "") << (chosen.mask.defined() ? " mask" : "")
            << (chosen.bias.defined() ? " bias" : "") << " at " << level());
  const Tensors expected = passes(composed::attention, qkv(s), chosen);
  CHECK(compare(passes(attention, qkv(s), chosen), expected, 1e-13) == "");
  AttentionOptions narrow = chosen;
  if (narrow.mask.defined()) narrow.mask = cast(narrow.mask, DType::f32);
  if (narrow.bias.defined()) narrow.bias = cast(narrow.bias, DType::f32);
  CHECK(compare(passes(attention, qkv(s, DType::f32), narrow), passes(composed::attention, qkv(s, DType::f32), narrow),
                1e-5) == "");
}

const Sizes sizes[] = {
    {1, 1, 1, 1, 1, 1, 1},      {2, 3, 3, 5, 7, 4, 4},    {1, 2, 1, 33, 129, 8, 16},   {2, 4, 2, 17, 128, 16, 8},
    {1, 1, 1, 32, 127, 33, 31}, {1, 8, 1, 3, 300, 5, 40}, {1, 2, 2, 130, 130, 16, 16}, {1, 6, 3, 11, 257, 1, 1},
    {3, 2, 2, 1, 256, 64, 64},  {1, 1, 1, 64, 1, 12, 7},  {1, 2, 2, 100, 40, 6, 5},    {1, 4, 1, 70, 97, 4, 6},
};

}  // namespace

TEST_CASE("attention: kernels and composition agree at every size and level") {
  const Threads one(1);
  for_each_level([](const std::string&) {
    for (const Sizes& s : sizes)
      for (const bool causal : {false, true}) {
        check(s, options(causal));
        check(s, options(causal, some_mask({s.B, s.H, s.N, s.T}, DType::f64)));
      }
  });
}

TEST_CASE("attention: masks of any shape that broadcasts") {
  const Threads one(1);
  const Sizes s{2, 4, 2, 9, 140, 8, 8};
  for (const Shape& shape : {Shape{2, 4, 9, 140}, {9, 140}, {140}, {2, 1, 1, 140}, {4, 9, 1}, {4, 1, 140}, {}})
    for_each_level([&](const std::string&) { check(s, options(false, some_mask(shape, DType::f64))); });
  check(s, options(true, transpose(some_mask({2, 4, 140, 9}, DType::f64))));
}

TEST_CASE("attention: a query that sees nothing gives zeros, in value and gradients, to second order") {
  const Threads one(1);
  const Sizes s{1, 2, 2, 4, 6, 3, 3};
  Tensor mask = ones({4, 6}, DType::f64);
  for (Index t = 0; t < 6; ++t) mask.mutable_data<double>()[2 * 6 + t] = 0;
  for (const Attention f : {Attention(attention), Attention(composed::attention)}) {
    const Tensors all = passes(f, qkv(s), options(false, mask));
    CHECK(difference(select(all[3], 2, 2), zeros({1, 2, 3}, DType::f64), 0) == "");
    CHECK(difference(select(all[0], 2, 2), zeros({1, 2, 3}, DType::f64), 0) == "");
    const Function of = [&](const Tensors& x) { return f(x[0], x[1], x[2], options(false, mask)); };
    const GradcheckResult result = gradcheck(of, qkv(s), {.order = 2});
    INFO(result.where);
    CHECK(result.ok);
    for (const Tensor& gradient : passes(f, qkv(s), options(false, zeros({}, DType::f64))))
      CHECK(difference(gradient, zeros(gradient.shape(), DType::f64), 0) == "");
  }
}

TEST_CASE("attention: causal lines the last query up with the last key") {
  const Tensor q = zeros({1, 1, 3, 1}), k = zeros({1, 1, 5, 1}), v = reshape(arange(0, 5), {1, 1, 5, 1});
  CHECK(attention(q, k, v, options(true)).values() == std::vector<double>{1, 1.5, 2});  // of 3, 4 and 5 values
  const Tensor few = slice(v, 2, 0, 2);
  CHECK(attention(q, zeros({1, 1, 2, 1}), few, options(true)).values() == std::vector<double>{0, 0, 0.5});
}

TEST_CASE("attention: without keys, queries or heads") {
  for (const Attention f : {Attention(attention), Attention(composed::attention)}) {
    const Tensors no_keys = passes(f, qkv({1, 2, 2, 3, 0, 4, 5}), {});
    CHECK(difference(no_keys[3], zeros({1, 2, 3, 5}, DType::f64), 0) == "");
    CHECK(difference(no_keys[0], zeros({1, 2, 3, 4}, DType::f64), 0) == "");
    CHECK(passes(f, qkv({1, 2, 2, 0, 3, 4, 5}), options(true))[3].shape() == Shape{1, 2, 0, 5});
    CHECK(passes(f, qkv({0, 2, 1, 3, 3, 4, 5}), {})[1].shape() == Shape{0, 1, 3, 4});
  }
}

TEST_CASE("attention: large scores neither overflow nor lose the winner") {
  for_each_level([](const std::string&) {
    const Tensor q = full({1, 1, 2, 1}, 1000), v = reshape(arange(0, 200), {1, 1, 200, 1});
    const Tensor rising = reshape(arange(0, 200), {1, 1, 200, 1}), falling = -rising;
    CHECK(attention(q, rising, v).values() == std::vector<double>{199, 199});
    CHECK(attention(q, falling, v).values() == std::vector<double>{0, 0});
    CHECK(attention(q, falling - 1000, v).values() == std::vector<double>{0, 0});
  });
}

TEST_CASE("attention: beside large scores the gradients keep their digits") {
  for (const double score : {1.0, 1e5, 1e7}) {
    INFO("score " << score);
    const Tensor q = full({1, 1, 1, 1}, score), k = ones({1, 1, 2, 1});
    const Tensor v = tensor({1, 3}, {1, 1, 2, 1}).require_grad();
    CHECK(difference(grad(sum(attention(q, k, v, {.scale = 1})), {v})[0], full({1, 1, 2, 1}, 0.5), 1e-6) == "");
  }
}

TEST_CASE("attention: a mask holds 0 and 1 only") {
  const Tensor q = random({1, 1, 2, 3}, 1), k = random({1, 1, 3, 3}, 2), v = random({1, 1, 3, 2}, 3);
  for (const double odd : std::vector<double>{-INFINITY, -1e9, -1, 0.5, 2, NAN})
    for (const Shape& shape : {Shape{3}, {1, 1, 2, 3}}) {
      Tensor mask = ones(shape, DType::f64);
      mask.mutable_data<double>()[mask.size() - 1] = odd;
      CHECK(error_of([&] { attention(q, k, v, options(false, mask)); }) ==
            fmt::format(
                "attention: the mask holds {}, and 0 (hidden) or 1 (seen) is needed; what is added to scores is a "
                "bias",
                odd));
    }
}

TEST_CASE("attention: a bias is added to the scores, and -infinity hides as a mask does") {
  const Threads one(1);
  for (const Sizes& s : sizes) {
    const Tensor seen = some_mask({s.B, s.H, s.N, s.T}, DType::f64);
    const Tensor hides = where(seen, zeros({}, DType::f64), full({}, -INFINITY, DType::f64));
    for (const bool causal : {false, true}) {
      AttentionOptions by_bias = options(causal);
      by_bias.bias = hides;
      const Tensors expected = passes(attention, qkv(s), options(causal, seen));
      CHECK(compare(passes(attention, qkv(s), by_bias), expected, 0) == "");
      CHECK(compare(passes(composed::attention, qkv(s), by_bias), expected, 1e-13) == "");
      by_bias.mask = seen;
      by_bias.bias = random({s.H, s.N, 1}, 6) + random({s.T}, 7);
      for_each_level([&](const std::string&) { check(s, by_bias); });
    }
  }
}

TEST_CASE("attention: the gradient of a bias, where -infinity and other keys are") {
  const Sizes s{2, 4, 2, 3, 5, 4, 3};
  const Tensors x = qkv(s);
  const Tensor hidden = where(some_mask({3, 5}, DType::f64), zeros({}, DType::f64), full({}, -INFINITY, DType::f64));
  const Function f = [&](const Tensors& in) {
    return attention(x[0], x[1], x[2], {.causal = true, .bias = in[0] + hidden});
  };
  for (const Shape& shape : {Shape{2, 4, 3, 5}, {3, 5}, {4, 1, 1}, {}})
    CHECK(gradcheck(f, {random(shape, 8)}, {.order = 2}));
  Tensor bias = random({3, 5}, 9);  // the kernel and, where a gradient is wanted, the composition give the same
  const Tensor value = attention(x[0], x[1], x[2], {.bias = bias});
  CHECK(difference(attention(x[0], x[1], x[2], {.bias = bias.require_grad()}), value, 1e-14) == "");
}

TEST_CASE("attention: infinities in hidden keys and values reach nothing but what their weight 0 is multiplied with") {
  const Tensor q = random({1, 1, 2, 3}, 1), v = random({1, 1, 3, 2}, 3), mask = tensor({1, 1, 0}, DType::f64);
  Tensor k = random({1, 1, 3, 3}, 2), poisoned = k.copy();
  *select(poisoned, 2, 2).mutable_data<double>() =
      NAN;  // a hidden key: its scores are hidden, and so the result is right
  for (const AttentionOptions& hide : {AttentionOptions{.mask = mask}, AttentionOptions{.bias = log(mask)}})
    for (const Attention f : {Attention(attention), Attention(composed::attention)})
      CHECK(difference(f(q, poisoned, v, hide), f(q, k, v, hide), 0) == "");
  const Tensor values = concat({slice(v, 2, 0, 2), full({1, 1, 1, 2}, INFINITY, DType::f64)}, 2);
  CHECK(std::isnan(attention(q, k, values, {.mask = mask}).at({0, 0, 0, 0})));  // 0 times infinity, as in PyTorch
}

TEST_CASE("attention: NaN in one query, key or value") {
  for_each_level([](const std::string&) {
    for (const size_t which : {0, 1, 2}) {
      Tensors x{random({1, 1, 40, 4}, 1), random({1, 1, 150, 4}, 2), random({1, 1, 150, 4}, 3)};
      x[which].mutable_data<double>()[7 * 4 + 1] = NAN;
      const Tensor y = attention(x[0], x[1], x[2]);
      for (Index n : {0, 7, 39})
        for (Index e : {0, 1}) {
          INFO("NaN in input " << which << ", query " << n << ", channel " << e);
          CHECK(std::isnan(y.at({0, 0, n, e})) == (which == 1 || (which == 0 && n == 7) || (which == 2 && e == 1)));
        }
    }
  });
}

TEST_CASE("attention: a query that sees one key has no gradient, and gives the key none") {
  Generator generator(0);
  for_each_level([&](const std::string&) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const Index E : {7, 96, 97, 200}) {
        Tensor q = randn({1, 1, 5, 3}, generator, dtype), k = randn({1, 1, 1, 3}, generator, dtype);
        const Tensor v = randn({1, 1, 1, E}, generator, dtype), g = randn({1, 1, 5, E}, generator, dtype);
        q.require_grad(), k.require_grad();
        for (const Tensor& each : grad(attention(q, k, v), {q, k}, false, g)) CHECK(max(abs(each)).item() == 0);
      }
  });
}

TEST_CASE("attention: only the gradients that are wanted") {
  for (const size_t wanted : {0, 1, 2}) {
    Tensors x = qkv({1, 4, 2, 5, 140, 8, 6});
    const Tensors all = passes(attention, x, options(true));
    x[wanted] = x[wanted].detach().require_grad();
    const Tensor y = attention(x[0], x[1], x[2], options(true));
    CHECK(difference(grad(y, {x[wanted]}, false, random(y.shape(), 5))[0], all[wanted], 0) == "");
  }
}

TEST_CASE("attention: a mask that wants a gradient is refused") {
  const Tensors x = qkv({1, 1, 1, 2, 3, 4, 4});
  const Tensor mask = ones({2, 3}, DType::f64).require_grad();
  CHECK(error_of([&] { attention(x[0], x[1], x[2], options(false, mask)); }) ==
        "attention: the mask wants a gradient, and the op has no rule for it");
}

TEST_CASE("attention: one query alone, as when a text is continued, finds what it finds among others") {
  const NoGrad off;
  for (const Index groups : {1, 2, 4}) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      Generator generator(1);
      const Tensor q = randn({2, 4, 8, 6}, generator, dtype), k = randn({2, groups, 37, 6}, generator, dtype),
                   v = randn({2, groups, 37, 5}, generator, dtype);
      const Tensor all = attention(q, k, v, {.scale = 0.4}),
                   causal = attention(q, k, v, {.scale = 0.4, .causal = true});
      for (Index n = 0; n < 8; ++n) {
        CAPTURE(groups, n);
        const Tensor one = slice(q, 2, n, n + 1);
        const double close = dtype == DType::f32 ? 1e-6 : 1e-14;
        CHECK(max(abs(attention(one, k, v, {.scale = 0.4}) - slice(all, 2, n, n + 1))).item() < close);
        const Index seen = 37 - 8 + n + 1;
        const Tensor last = attention(one, slice(k, 2, 0, seen), slice(v, 2, 0, seen), {.scale = 0.4, .causal = true});
        CHECK(max(abs(last - slice(causal, 2, n, n + 1))).item() < close);
      }
    }
  }
}
