// The reader of ONNX's files.
#include <cmath>

#include "tests/catch.h"
#include "tests/error_of.h"
#include "tests/onnx/model.h"

using namespace latent;
using namespace latent::onnx;

namespace {

// Numbers below 128 and texts shorter than that take one byte for the value or the length.
std::string number(int field, int value) { return {char(field << 3), char(value)}; }
std::string bytes(int field, const std::string& content) {
  return std::string{char(field << 3 | 2), char(content.size())} + content;
}

std::string tensor_of(int type, const std::string& raw, int size) {
  return number(1, size) + number(2, type) + bytes(9, raw);
}

// y = Gather(x, i) along axis 1, with a default for i
std::string small_model() {
  const std::string axis = bytes(1, "axis") + number(3, 1);
  const std::string node = bytes(1, "x") + bytes(1, "i") + bytes(2, "y") + bytes(4, "Gather") + bytes(5, axis);
  const std::string indices = number(1, 2) + number(2, 7) + bytes(7, {char(2), char(3)}) + bytes(8, "i");
  const std::string graph = bytes(1, node) + bytes(5, indices) + bytes(11, bytes(1, "x")) + bytes(11, bytes(1, "i")) +
                            bytes(12, bytes(1, "y"));
  return number(1, 8) + bytes(7, graph) + bytes(8, number(2, 13));
}

}  // namespace

TEST_CASE("onnx model: nodes, attributes, initializers, version") {
  const Model model = read_model(small_model());
  CHECK(model.opset == 13);
  REQUIRE(model.nodes.size() == 1);
  CHECK(model.nodes[0].op == "Gather");
  CHECK(model.nodes[0].inputs == std::vector<std::string>{"x", "i"});
  CHECK(model.nodes[0].attributes.at("axis").integer == 1);
  CHECK(model.inputs == std::vector<std::string>{"x"});
  CHECK(model.initializers.at("i").values() == std::vector<double>{2, 3});
}

TEST_CASE("onnx model: types of tensors") {
  const auto values = [](int type, const std::string& raw, int size) {
    return read_tensor(tensor_of(type, raw, size)).tensor.values();
  };
  CHECK(values(1, std::string("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8), 2) == std::vector{1.0, -2.0});
  CHECK(values(10, std::string("\x00\x3c\x01\x00\x00\xfc", 6), 3) ==
        std::vector<double>{1, std::ldexp(1.0, -24), -INFINITY});
  CHECK(values(7, std::string(8, '\xff'), 1) == std::vector{-1.0});
  CHECK(values(6, std::string("\xfe\xff\xff\xff", 4), 1) == std::vector{-2.0});
  CHECK(values(9, std::string("\x01\x00", 2), 2) == std::vector{1.0, 0.0});
  CHECK_THROWS_AS(values(8, "", 0), NotExpressible);
  CHECK(test::error_of([&] { values(1, std::string(4, 0), 2); }) == "onnx: 1 values for a tensor of shape (2)");
  CHECK(test::error_of([&] { values(1, std::string(6, 0), 1); }) == "protobuf: 4 bytes are announced and 2 are there");
}

TEST_CASE("onnx model: a file that ends early or is damaged gives an Error or a model") {
  const std::string whole = small_model();
  const auto try_out = [](const std::string& message) {
    try {
      read_model(message);
      read_tensor(message);
    } catch (const Error& error) { CHECK(std::string(error.what()) != ""); }
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    try_out(whole.substr(0, i));
    for (const char byte : {0, 1, 5, 127, -128, -1}) {
      std::string damaged = whole;
      damaged[i] = byte;
      try_out(damaged);
    }
  }
}
