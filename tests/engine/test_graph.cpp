// The recorded graph, drawn.
#include <algorithm>

#include "engine/graph.h"
#include "engine/ops.h"
#include "engine/random.h"
#include "tests/catch.h"
#include "tests/error_of.h"

using namespace latent;

static Tensor leaf(const Shape& shape) {
  Generator generator(1);
  return randn(shape, generator, DType::f64).require_grad();
}

static Index count(const std::string& text, const std::string& part) {
  Index found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

TEST_CASE("A small graph shows every op, its shape, the leaves by name, and an arrow for each gradient") {
  const Tensor x = leaf({2, 3}), w = leaf({3, 4}), constant = ones({2, 4}, DType::f64);
  const Tensor y = sum(exp(matmul(x, w)) * constant);
  const std::string dot = draw_graph(y, {{"x", x}, {"layer.\"w\"", w}, {"unused", leaf({9})}});
  INFO(dot);
  CHECK(dot.starts_with("digraph {"));
  CHECK(dot.ends_with("}\n"));
  CHECK(count(dot, "ellipse") == 2);
  CHECK(count(dot, R"_(label="x\n(2, 3)")_") == 1);
  CHECK(count(dot, R"_(label="layer.\"w\"\n(3, 4)")_") == 1);
  CHECK(count(dot, R"_(label="matmul\n(2, 4)")_") == 1);
  CHECK(count(dot, R"_(label="exp\n(2, 4)")_") == 1);
  CHECK(count(dot, R"_(label="mul\n(2, 4)")_") == 1);  // the constant is not there
  CHECK(count(dot, R"_(label="sum\n()")_") == 1);
  CHECK(count(dot, " -> ") == 5);
  CHECK(count(draw_graph(y), R"_(label="leaf\n(3, 4)")_") == 1);
}

TEST_CASE("A value that is used twice is drawn once, with an arrow for each use") {
  const Tensor x = leaf({2}), square = x * x;
  const std::string dot = draw_graph(sum(square + square), {{"x", x}});
  INFO(dot);
  CHECK(count(dot, "label=\"mul") == 1);
  CHECK(count(dot, "label=\"x") == 1);
  CHECK(count(dot, " -> ") == 5);  // two into mul, two into add, one into sum
}

// Two blocks of a residual net, each a map with a tanh, then a head.
static std::pair<Tensor, std::vector<Named>> deep() {
  std::vector<Named> leaves;
  const auto weight = [&](const std::string& name) {
    leaves.push_back({name, leaf({4, 4})});
    return leaves.back().tensor;
  };
  Tensor x = matmul(ones({2, 4}, DType::f64), weight("embedding.weight"));
  for (const std::string block : {"blocks.0", "blocks.1"}) {
    const Tensor up = weight(block + ".mlp.up.weight"), down = weight(block + ".mlp.down.weight");
    x = x + matmul(tanh(exp(matmul(x, up) * 0.1) - 1), down);
  }
  return {mean(matmul(x, weight("head.weight"))), leaves};
}

TEST_CASE("A big graph folds by module, and more so for fewer boxes") {
  const auto [loss, leaves] = deep();
  const std::string whole = draw_graph(loss, leaves, 100);
  CHECK(count(whole, "ellipse") == 6);

  const std::string folded = draw_graph(loss, leaves, 14);  // up, what is between, down
  INFO(folded);
  CHECK(count(folded, "ellipse") == 0);
  for (const char* box : {R"_(label="embedding\nmatmul\n16 parameters\n(2, 4)")_",
                          R"_(label="blocks.0.mlp.up\nmatmul\n16 parameters\n(2, 4)")_",
                          R"_(label="blocks.1.mlp\n4 ops\n(2, 4)")_", R"_(label="add\n(2, 4)")_"})
    CHECK(count(folded, box) >= 1);
  CHECK(count(folded, R"_(label="add\n(2, 4)")_") == 2);

  const std::string more = draw_graph(loss, leaves, 9);
  INFO(more);
  CHECK(count(more, R"_(label="blocks.0.mlp\n6 ops\n32 parameters\n(2, 4)")_") == 1);
  CHECK(count(more, "label=") == 8);  // embedding, two blocks and their sums, head, and a mean of two ops
  CHECK(count(more, " -> ") == 9);

  CHECK(draw_graph(loss, leaves, 1) == more);  // what lies between modules of the outermost level stays
}

TEST_CASE("Modules that are used twice do not make a circle") {
  const Tensor w = leaf({4, 4}), v = leaf({4, 4});
  Tensor x = matmul(ones({2, 4}, DType::f64), w);
  for (int i = 0; i < 3; ++i) x = matmul(tanh(matmul(x, v)), w);
  const std::string dot = draw_graph(sum(x), {{"a.w", w}, {"b.v", v}}, 3);
  INFO(dot);
  CHECK(count(dot, R"_(label="a\nmatmul)_") == 4);
  CHECK(count(dot, R"_(label="b\nmatmul)_") == 3);
}

TEST_CASE("What cannot be drawn says why") {
  CHECK(test::error_of([] { draw_graph(Tensor()); }).find("draw_graph: the tensor has no history") == 0);
  CHECK(test::error_of([] { draw_graph(ones({2})); }).find("draw_graph: the tensor has no history") == 0);
  const Tensor loss = sum(exp(leaf({2})));
  backward(loss);
  CHECK(test::error_of([&] { draw_graph(loss); }).find("its history was released by backward()") != std::string::npos);
  Tensor deep = leaf({1});
  for (int i = 0; i < 20000; ++i) deep = deep + 1;
  CHECK(count(draw_graph(deep, {}, 100000), "label=\"add") == 20000);
}
