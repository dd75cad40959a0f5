// Tensors as text.
#include <limits>
#include <sstream>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/error_of.h"

using namespace latent;

TEST_CASE("print: numbers, rows and matrices") {
  CHECK(to_string(scalar(2.5)) == "2.5000  f32 ()");
  CHECK(to_string(tensor({1, -2, 3}, DType::i64)) == "[ 1, -2,  3]  i64 (3)");
  CHECK(to_string(tensor({1, 20}, DType::f64)) == "[ 1, 20]  f64 (2)");
  CHECK(to_string(tensor({0.5, -12.25, 0, 3}, {2, 2})) ==
        "[[  0.5000, -12.2500],\n"
        " [  0.0000,   3.0000]]  f32 (2, 2)");
  CHECK(to_string(zeros({2, 1, 2})) ==
        "[[[0, 0]],\n"
        " [[0, 0]]]  f32 (2, 1, 2)");
}

TEST_CASE("print: small, large and special numbers") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(to_string(tensor({1e-7, 2})) == "[1.0000e-07, 2.0000e+00]  f32 (2)");
  CHECK(to_string(tensor({1.5e9})) == "[1.5000e+09]  f32 (1)");
  CHECK(to_string(tensor({1, inf, -inf})) == "[   1,  inf, -inf]  f32 (3)");
  CHECK(to_string(tensor({0.5, std::numeric_limits<double>::quiet_NaN()})) == "[0.5000,    nan]  f32 (2)");
  CHECK(to_string(tensor({1e9, 1}, DType::i64)) == "[1000000000,          1]  i64 (2)");
}

TEST_CASE("print: empty and undefined") {
  CHECK(to_string(zeros({0})) == "[]  f32 (0)");
  CHECK(to_string(zeros({2, 0})) == "[[],\n []]  f32 (2, 0)");
  CHECK(to_string(zeros({0, 3})) == "[]  f32 (0, 3)");
  CHECK(to_string(Tensor()) == "undefined");
}

TEST_CASE("print: long axes are shortened to their ends") {
  CHECK(to_string(arange(0, 7)) == "[0, 1, 2, 3, 4, 5, 6]  f32 (7)");
  CHECK(to_string(arange(0, 8)) == "[0, 1, 2, ..., 5, 6, 7]  f32 (8)");
  const std::string text = to_string(reshape(arange(0, 1000000), {1000, 1000}));
  CHECK(text.size() < 600);
  CHECK(text.find("...,\n") != std::string::npos);
  CHECK(text.find("999999") != std::string::npos);
}

TEST_CASE("print: views, tensors with a history, streams") {
  Tensor x = tensor({1, 2, 3, 4}, {2, 2}).require_grad();
  std::ostringstream out;
  out << transpose(x) * 2;
  CHECK(out.str() == "[[2, 6],\n [4, 8]]  f32 (2, 2)");
}
