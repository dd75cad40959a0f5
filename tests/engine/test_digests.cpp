// The bits of every op's results, for a comparison of machines and levels: tests/ports.sh writes and compares them.
#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

// FNV-1a, 64 bits (Fowler, Noll and Vo); every NaN counts as the same.
struct Digest {
  std::uint64_t hash = 14695981039346656037u;

  void add(const Tensor& x) {
    for (const double value : x.values()) {  // f32 and i64 as they are: doubles hold them
      const auto bits = std::isnan(value) ? 0 : std::bit_cast<std::uint64_t>(value);
      for (int shift = 0; shift < 64; shift += 8) hash = (hash ^ (bits >> shift & 255)) * 1099511628211u;
    }
  }
};

// Whole 1024ths: the C library makes normal numbers, and the last bits of its logarithms differ between machines.
Tensors coarse(Tensors inputs) {
  for (Tensor& x : inputs) {
    std::vector<double> values = x.values();
    for (double& value : values) value = std::round(value * 1024) / 1024;
    x = tensor(values, x.shape(), x.dtype());
  }
  return inputs;
}

// More than the largest register holds in f32, and no multiple of any register's lanes.
OpRow enlarged(OpRow row) {
  for (const Index size : sizes_that_vary(row)) row = resized(row, size, size + 17);
  return row;
}

// A line for each op and type: level, name, digest of the value, digest of all gradients
std::string lines(const std::string& level, const OpRow& row) {
  std::string text;
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tensors inputs = coarse(make_inputs(row, dtype));
    for (std::size_t i = 0; i < inputs.size() && row.differentiable; ++i)
      if (row.operands[i].has_gradient) inputs[i].require_grad();
    const Tensor y = row.op(inputs);
    Digest value, gradients;
    value.add(y.detach());
    Generator generator(4);
    if (row.differentiable)
      for (const Tensor& each : grad(y, differentiable(row, inputs), false, rand(y.shape(), generator, y.dtype())))
        gradients.add(each);
    text +=
        fmt::format("{}\t{}, {}\t{:016x}\t{:016x}\n", level, title(row), to_string(dtype), value.hash, gradients.hash);
  }
  return text;
}

}  // namespace

TEST_CASE("digests: the bits of every op's value and gradients at each level") {
  const char* const path = std::getenv("LATENT_DIGESTS");
  if (!path) return fmt::print("skipped: LATENT_DIGESTS names no file to write\n");
  std::ofstream file(path);
  for_each_level([&](const std::string& level) {
    for (const OpRow& row : op_table()) file << lines(level, enlarged(row));
  });
  CHECK(file.flush());
}
