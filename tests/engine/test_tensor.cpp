// Tensors: creation, views that share their storage, reading and writing, and what the memory count says.
#include <limits>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/error_of.h"

using namespace latent;
using namespace latent::test;

using Numbers = std::vector<double>;

TEST_CASE("tensor: creation") {
  for (const DType dtype : {DType::f32, DType::f64, DType::i64}) {
    CHECK(tensor({1, 2, 3}, dtype).values() == Numbers{1, 2, 3});
    CHECK(tensor({1, 2, 3, 4}, {2, -1}, dtype).shape() == Shape{2, 2});
    CHECK(full({2, 1}, 7, dtype).values() == Numbers{7, 7});
    CHECK(zeros({3}, dtype).values() == Numbers{0, 0, 0});
    CHECK(ones({3}, dtype).values() == Numbers{1, 1, 1});
    CHECK(scalar(5, dtype).shape() == Shape{});
    CHECK(scalar(5, dtype).item() == 5);
    CHECK(arange(0, 4, 1, dtype).values() == Numbers{0, 1, 2, 3});
    CHECK(eye(2, dtype).values() == Numbers{1, 0, 0, 1});
    CHECK(zeros_like(ones({2}, dtype)).dtype() == dtype);
    CHECK(ones_like(zeros({2}, dtype)).values() == Numbers{1, 1});
    CHECK(Tensor::empty({4, 0}, dtype).size() == 0);
    CHECK(zeros({2}, dtype).dtype() == dtype);
  }
  CHECK(zeros({}).rank() == 0);
  CHECK(eye(0).shape() == Shape{0, 0});
}

TEST_CASE("tensor: ranges") {
  CHECK(arange(1, 2, 0.25).values() == Numbers{1, 1.25, 1.5, 1.75});
  CHECK(arange(3, 0, -1).values() == Numbers{3, 2, 1});
  CHECK(arange(0, 1, 0.3).size() == 4);
  CHECK(arange(2, 2).size() == 0);
  CHECK(linspace(0, 1, 5, DType::f64).values() == Numbers{0, 0.25, 0.5, 0.75, 1});
  CHECK(linspace(3, 3, 2).values() == Numbers{3, 3});
  CHECK(linspace(2, 9, 1).values() == Numbers{2});
  CHECK(linspace(2, 9, 0).size() == 0);
  for (const Index count : {2, 7, 10, 1001}) {  // both ends are exact, and the middle is symmetric
    const Numbers x = linspace(-0.1, 0.1, count, DType::f64).values();
    CHECK(x.front() == -0.1);
    CHECK(x.back() == 0.1);
    for (Index i = 0; i < count; ++i) CHECK(x[size_t(i)] == -x[size_t(count - 1 - i)]);
  }
}

TEST_CASE("tensor: a copied handle is the same tensor") {
  const Tensor x = tensor({1, 2, 3}), same = x;
  x.mutable_data<float>()[1] = 7;
  CHECK(same.values() == Numbers{1, 7, 3});
  CHECK(same.storage() == x.storage());
}

TEST_CASE("tensor: single values and all values") {
  const Tensor x = tensor({0, 1, 2, 3, 4, 5}, {2, 3});
  CHECK(x.at({1, 2}) == 5);
  CHECK(x.at({-1, -3}) == 3);
  CHECK(transpose(x).values() == Numbers{0, 3, 1, 4, 2, 5});
  CHECK(transpose(x).at({2, 1}) == 5);
  CHECK(slice(x, 1, 0, 3, 2).values() == Numbers{0, 2, 3, 5});
  for (const Index step : {Index{3}, std::numeric_limits<Index>::max() - 1, std::numeric_limits<Index>::max()})
    CHECK(slice(x, 1, 0, 3, step).values() == Numbers{0, 3});
  CHECK(broadcast_to(select(x, 0, 1), {2, 3}).values() == Numbers{3, 4, 5, 3, 4, 5});
  CHECK(x.size(-1) == 3);
  CHECK(x.size(0) == 2);
  CHECK(tensor({9}, {1, 1}).item() == 9);
}

TEST_CASE("tensor: views copy nothing") {
  const Tensor x = zeros({4, 6, 2});
  const Index before = memory().current;
  const Tensors views{reshape(x, {24, 2}),
                      reshape(x, {2, -1}),
                      permute(x, {2, 0, 1}),
                      transpose(x),
                      select(x, 1, 3),
                      slice(x, 0, 1, 4, 2),
                      unsqueeze(x, 1),
                      squeeze(unsqueeze(x, 0), 0),
                      broadcast_to(x, {5, 4, 6, 2}),
                      split(x, 4, 1)[1],
                      chunk(x, 3, 1)[2],
                      contiguous(x),
                      x.detach(),
                      x.view({2}, {1}, 3),
                      cast(x, DType::f32)};
  for (const Tensor& view : views) CHECK(view.storage() == x.storage());
  CHECK(memory().current == before);
  CHECK(reshape(transpose(x), {48}).storage() != x.storage());  // here a copy is needed
}

TEST_CASE("tensor: a view sees what is written") {
  const Tensor x = zeros({2, 3}), column = select(x, 1, 2);
  x.mutable_data<float>()[5] = 8;
  CHECK(column.values() == Numbers{0, 8});
}

TEST_CASE("tensor: is_contiguous") {
  const Tensor x = zeros({4, 6});
  CHECK(x.is_contiguous());
  CHECK_FALSE(transpose(x).is_contiguous());
  CHECK(slice(x, 0, 1, 3).is_contiguous());
  CHECK_FALSE(slice(x, 1, 0, 3).is_contiguous());
  CHECK(transpose(zeros({1, 6})).is_contiguous());  // an axis of size 1 has no step
  CHECK(slice(x, 1, 2, 2).is_contiguous());
  CHECK_FALSE(broadcast_to(zeros({1}), {3}).is_contiguous());
  CHECK(zeros({}).is_contiguous());
}

TEST_CASE("tensor: copy_from overwrites the values, from any layout") {
  const Tensor x = zeros({3, 2}), values = tensor({1, 2, 3, 4, 5, 6}, {2, 3});
  x.copy_from(transpose(values));
  CHECK(x.values() == Numbers{1, 4, 2, 5, 3, 6});
  const auto version = x.storage()->version;
  x.copy_from(x);
  CHECK(x.storage()->version > version);

  const Tensor square = tensor({1, 2, 3, 4}, {2, 2});
  square.copy_from(transpose(square));
  CHECK(square.values() == Numbers{1, 3, 2, 4});
}

TEST_CASE("tensor: copy_from writes into strided views, and nothing beside them") {
  for (const DType dtype : {DType::f32, DType::f64, DType::i64}) {
    const Tensor x = zeros({3, 4}, dtype), values = tensor({1, 2, 3, 4, 5, 6}, {2, 3}, dtype);
    transpose(slice(x, 1, 0, 4, 2)).copy_from(values);
    CHECK(x.values() == Numbers{1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0});
    slice(x, 1, 1, 1).copy_from(zeros({3, 0}, dtype));
    CHECK(x.values() == Numbers{1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0});
  }
  const Tensor large = zeros({300, 500}), from = reshape(arange(0, 150000), {500, 300});
  transpose(large).copy_from(from);
  CHECK(contiguous(transpose(large)).values() == from.values());
}

TEST_CASE("tensor: set_grad replaces the gradient, in memory of its own") {
  Tensor x = zeros({2}, DType::f64);
  x.require_grad();
  const Tensor given = tensor({1, 2}, DType::f64);
  x.set_grad(given);
  given.mutable_data<double>()[0] = 7;
  CHECK(x.grad().values() == Numbers{1, 2});
}

TEST_CASE("tensor: a copy has memory of its own") {
  const Tensor x = tensor({1, 2, 3, 4, 5, 6}, {2, 3}).require_grad();
  for (const Tensor& each : {x.detach(), transpose(x), select(x, 0, 1), broadcast_to(select(x, 0, 0), {4, 3}), x}) {
    const Tensor copy = each.copy();
    CHECK(copy.values() == each.values());
    CHECK(copy.shape() == each.shape());
    CHECK(copy.is_contiguous());
    CHECK(copy.storage() != x.storage());
    CHECK_FALSE(copy.requires_grad());
  }
  CHECK(tensor({1, 2}, DType::i64).copy().dtype() == DType::i64);
  CHECK(zeros({0, 3}).copy().shape() == Shape{0, 3});
}

TEST_CASE("tensor: what overlaps itself is not written") {
  const Tensor x = zeros({2, 6});
  for (const Tensor& apart : {x, transpose(x), slice(x, 1, 1, 6, 2), permute(reshape(x, {2, 3, 2}), {2, 0, 1}),
                              select(x, 1, 0), x.view({12}, {-1}, 11), x.view({1, 6}, {0, 1}), zeros({0}), zeros({})})
    apart.mutable_data<float>();
  for (const Tensor& overlapping : {broadcast_to(x, {3, 2, 6}), broadcast_to(zeros({1}), {2}), x.view({5, 4}, {1, 1}),
                                    x.view({3, 3}, {2, 1}), x.view({2, 2}, {-1, 1}, 1)}) {
    INFO(to_string(overlapping.shape()) << " " << to_string(overlapping.strides()));
    CHECK(error_of([&] {
            overlapping.mutable_data<float>();
          }).starts_with("mutable_data: positions of a tensor of shape "));
    CHECK(overlapping.data<float>() != nullptr);  // reading is fine
  }
}

TEST_CASE("tensor: a view stays within its storage") {
  const Tensor x = arange(0, 12), part = slice(x, 0, 4, 8);
  CHECK(x.view({3, 4}, {4, 1}).at({2, 3}) == 11);
  CHECK(x.view({12}, {-1}, 11).values().front() == 11);
  CHECK(part.view({8}, {1}).values().back() == 11);
  CHECK(part.view({2}, {1}, -4).values() == Numbers{0, 1});
  CHECK(x.view({0, 5}, {100, 100}, 12).size() == 0);
  CHECK(x.view({}, {}, 11).item() == 11);
  CHECK(x.view({1, 1000}, {1 << 20, 0}, 3).at({0, 999}) == 3);
  constexpr Index most = std::numeric_limits<Index>::max();
  struct Outside {
    Tensor from;
    Shape shape, strides;
    Index offset;
  };
  for (const Outside& each : std::vector<Outside>{{x, {13}, {1}, 0},
                                                  {x, {12}, {1}, 1},
                                                  {x, {1}, {1}, -1},
                                                  {x, {}, {}, 12},
                                                  {x, {2}, {12}, 0},
                                                  {x, {2, 3}, {6, 3}, 1},
                                                  {x, {2}, {-1}, 0},
                                                  {x, {3}, {most}, 0},
                                                  {x, {2}, {most}, most},
                                                  {x, {2}, {-most}, 0},
                                                  {part, {9}, {1}, 0},
                                                  {part, {1}, {1}, -5},
                                                  {part, {1}, {1}, most},
                                                  {zeros({0}), {1}, {1}, 0}}) {
    INFO(to_string(each.shape) << " " << to_string(each.strides) << " " << each.offset);
    CHECK(error_of([&] {
            each.from.view(each.shape, each.strides, each.offset);
          }).find(" leaves the storage, which has ") != std::string::npos);
  }
}

TEST_CASE("tensor: memory counts bytes, now and at most") {
  const Memory before = memory();
  {
    const Tensor a = zeros({100});
    CHECK(memory().current == before.current + 400);
    reset_peak_memory();
    { const Tensor b = zeros({50}, DType::f64), c = zeros({3}, DType::i64); }
    CHECK(memory().current == before.current + 400);
    CHECK(memory().peak == before.current + 400 + 400 + 24);
    const Tensor view = transpose(reshape(a, {10, 10}));
    CHECK(memory().current == before.current + 400);
  }
  CHECK(memory().current == before.current);
  reset_peak_memory();
  CHECK(memory().peak == before.current);
}

TEST_CASE("tensor: storage is aligned for every register") {
  for (const Index n : {0, 1, 3, 100, 100000})
    CHECK(reinterpret_cast<std::uintptr_t>(zeros({n}).data<float>()) % 64 == 0);
}

TEST_CASE("tensor: undefined") {
  const Tensor nothing;
  CHECK_FALSE(nothing.defined());
  CHECK(error_of([&] { nothing.item(); }) == "data: the tensor is undefined: nothing was assigned to it");
  CHECK(error_of([&] { exp(nothing); }) == "data: the tensor is undefined: nothing was assigned to it");
}

TEST_CASE("tensor: large integers are exact in i64") {
  const Tensor x = Tensor::empty({2}, DType::i64);
  x.mutable_data<Index>()[0] = (Index(1) << 62) + 1;
  x.mutable_data<Index>()[1] = std::numeric_limits<Index>::min();
  const Tensor copy = contiguous(transpose(broadcast_to(x, {2, 2})));
  CHECK(copy.data<Index>()[1] == (Index(1) << 62) + 1);
  CHECK(copy.data<Index>()[3] == std::numeric_limits<Index>::min());
}

TEST_CASE("tensor: cast") {
  CHECK(cast(tensor({-1.9, 1.9, 0.5}), DType::i64).values() == Numbers{-1, 1, 0});
  CHECK(cast(tensor({0.1}, DType::f64), DType::f32).item() == double(0.1f));
  CHECK(cast(tensor({3}, DType::i64), DType::f64).dtype() == DType::f64);
}

TEST_CASE("tensor: only numbers that an i64 holds become one") {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double limit = 9223372036854775808.0, below = 9223372036854774784.0;  // 2^63 and the f64 before
  for (const double odd : {nan, inf, -inf, limit, -1.5 * limit, 1e30})
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor x = concat({zeros({40000}, dtype), full({3}, odd, dtype)});  // more than one piece of work
      CHECK(error_of([&] { cast(x, DType::i64); }) ==
            fmt::format("cast: {} as i64, and numbers from -2^63 to 2^63 - 1 are possible",
                        dtype == DType::f32 ? fmt::format("{}", float(odd)) : fmt::format("{}", odd)));
      CHECK(error_of([&] { full({2}, odd, DType::i64); }).starts_with("full: "));
      CHECK(error_of([&] { tensor({0, odd}, DType::i64); }).starts_with("tensor: "));
    }
  CHECK(cast(tensor({-limit, below}, DType::f64), DType::i64).data<Index>()[0] == std::numeric_limits<Index>::min());
  CHECK(cast(tensor({-limit, below}, DType::f64), DType::i64).data<Index>()[1] == Index(below));
  CHECK(cast(tensor({1e300}, DType::f64), DType::f32).item() == inf);
}
