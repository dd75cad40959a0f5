// Shape algebra, without tensors.
#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/error_of.h"

using namespace latent;
using namespace latent::test;

TEST_CASE("shape: a short list of integers") {
  Shape shape{2, 3};
  CHECK(shape.rank() == 2);
  CHECK(shape.back() == 3);
  shape.push_back(4);
  shape.insert(0, 9);
  CHECK(shape == Shape{9, 2, 3, 4});
  shape.insert(2, 1);
  CHECK(shape == Shape{9, 2, 1, 3, 4});
  shape.erase(2);
  shape.erase(0);
  CHECK(shape == Shape{2, 3, 4});
  CHECK(shape.first(2) == Shape{2, 3});
  CHECK(shape.last(1) == Shape{4});
  CHECK(shape.last(0) == Shape{});
  CHECK(shape != Shape{2, 3});
  CHECK(shape == Shape(std::vector<Index>{2, 3, 4}));
  CHECK(Shape::filled(3, 7) == Shape{7, 7, 7});
  CHECK(Shape().empty());
}

TEST_CASE("shape: text") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{5}) == "(5)");
  CHECK(fmt::format("{}", Shape{2, 0, -1}) == "(2, 0, -1)");
}

TEST_CASE("shape: eight axes and no more") {
  CHECK(Shape({1, 2, 3, 4, 5, 6, 7, 8}).rank() == 8);
  CHECK(error_of([] {
          Shape({1, 2, 3, 4, 5, 6, 7, 8, 9});
        }) == "shape: 8 axes and one more, and at most 8 are possible");
  const Tensor x = ones({1, 2, 1, 2, 1, 2, 1, 2});
  CHECK(sum(transpose(x, 1, 7) * x, {0, 3}).rank() == 6);
  CHECK(error_of([&] { unsqueeze(x, 0); }) == "shape: 8 axes and one more, and at most 8 are possible");
}

TEST_CASE("shape: elements and strides") {
  CHECK(elements({}) == 1);
  CHECK(elements({3, 0, 2}) == 0);
  CHECK(elements({3, 4}) == 12);
  CHECK(row_major({2, 3, 4}) == Shape{12, 4, 1});
  CHECK(row_major({}) == Shape{});
  const Index big = Index(1) << 40;
  CHECK(error_of([&] {
          elements({big, big});
        }) == "shape: (1099511627776, 1099511627776) has more values than can be counted");
  CHECK(error_of([&] { elements({big, 0, big}); }).find("more values") != std::string::npos);
}

TEST_CASE("shape: numbers of values that 32 bits cannot count are an Error") {
  CHECK(count_of("op", 5) == 5);
  CHECK(count_of<std::uint32_t>("op", 4294967295) == 4294967295);
  CHECK(error_of([] { count_of<std::uint32_t>("op", 4294967296); }) ==
        "op: 4294967296 values, and 0 to 4294967295 can be counted here");
  if (sizeof(void*) > 4) return;
  for (const Index n : {268435456, 268435457, 536870912, 536870913}) {  // 2 and 4 GiB
    const std::string error = error_of([&] { zeros({n}, DType::f64); });
    CHECK(error.starts_with(fmt::format("memory: {} bytes", 8 * n)));
    CHECK(error.ends_with(" 2147483647"));
  }
  Generator generator(1);
  CHECK(error_of([&] { permutation(Index(1) << 32, generator); }).starts_with("permutation: 4294967296 values"));
  CHECK(error_of([] { chunk(zeros({0}), Index(1) << 32, 0); }).starts_with("chunk: 4294967296 values"));
}

TEST_CASE("shape: broadcasting aligns the last axes") {
  const auto broadcast = [](const Shape& a, const Shape& b) {
    CHECK(broadcast_shapes("test", a, b) == broadcast_shapes("test", b, a));
    return broadcast_shapes("test", a, b);
  };
  CHECK(broadcast({2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast({2, 1}, {3}) == Shape{2, 3});
  CHECK(broadcast({}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast({4, 1, 3}, {2, 1}) == Shape{4, 2, 3});
  CHECK(broadcast({0, 3}, {1, 3}) == Shape{0, 3});
  CHECK(broadcast({1}, {0}) == Shape{0});
  CHECK(error_of([] {
          broadcast_shapes("add", {2, 3}, {4});
        }) == "add: shapes (2, 3) and (4) do not broadcast: 3 against 4 on axis -1");
  CHECK(error_of([] {
          broadcast_shapes("add", {2, 3}, {5, 1, 3, 3});
        }) == "add: shapes (2, 3) and (5, 1, 3, 3) do not broadcast: 2 against 3 on axis -2");
  CHECK(error_of([] { broadcast_shapes("add", {0}, {2}); }) ==
        "add: shapes (0) and (2) do not broadcast: 0 against 2 on axis -1");
}

TEST_CASE("shape: strides of a broadcast view") {
  CHECK(broadcast_strides("test", {3}, {1}, {2, 3}) == Shape{0, 1});
  CHECK(broadcast_strides("test", {2, 1}, {7, 5}, {4, 2, 3}) == Shape{0, 7, 0});
  CHECK(broadcast_strides("test", {1, 1}, {1, 1}, {1, 1}).rank() == 2);
}

TEST_CASE("shape: axes from either end") {
  CHECK(normalize_axis("test", 0, 3) == 0);
  CHECK(normalize_axis("test", -1, 3) == 2);
  CHECK(normalize_axis("test", -3, 3) == 0);
  CHECK(error_of([] { normalize_axis("sum", 3, 3); }) ==
        "sum: axis 3 is out of range: a tensor with 3 axes has axes -3 to 2");
  CHECK(error_of([] { normalize_axis("sum", -4, 3); }) ==
        "sum: axis -4 is out of range: a tensor with 3 axes has axes -3 to 2");
  CHECK(error_of([] { normalize_axis("sum", -1, 0); }) == "sum: axis -1, and a tensor of shape () has none");
}

TEST_CASE("shape: one size may be left open") {
  CHECK(infer_size("reshape", {2, -1}, 6) == Shape{2, 3});
  CHECK(infer_size("reshape", {-1}, 0) == Shape{0});
  CHECK(infer_size("reshape", {-1, 1}, 1) == Shape{1, 1});
  CHECK(infer_size("reshape", {}, 1) == Shape{});
  CHECK(infer_size("reshape", {0, 5}, 0) == Shape{0, 5});
  CHECK(error_of([] { infer_size("reshape", {4, -1}, 6); }) == "reshape: 6 values do not fit into shape (4, -1)");
  CHECK(error_of([] { infer_size("reshape", {0, -1}, 0); }) == "reshape: 0 values do not fit into shape (0, -1)");
  CHECK(error_of([] { infer_size("reshape", {4}, 6); }) == "reshape: 6 values do not fit into shape (4)");
  CHECK(error_of([] {
          infer_size("reshape", {-1, -1}, 6);
        }) == "reshape: shape (-1, -1): sizes are 0 or more, and at most one may be -1");
  CHECK(error_of([] {
          infer_size("reshape", {-2, 3}, 6);
        }) == "reshape: shape (-2, 3): sizes are 0 or more, and at most one may be -1");
}
