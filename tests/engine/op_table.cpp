#include "tests/engine/op_table.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <regex>
#include <set>

#include "tests/files.h"

namespace latent::test {

const std::vector<OpRow>& op_table() {
  static const std::vector<OpRow> table = [] {
    std::vector<OpRow> all;
    for (const auto& rows : {elementwise_rows(), reduction_rows(), product_rows(), view_rows(), index_rows(),
                             arrange_rows(), fused_rows()})
      all.insert(all.end(), rows.begin(), rows.end());
    return all;
  }();
  return table;
}

std::string title(const OpRow& row) { return row.name + (row.form.empty() ? "" : ", " + row.form); }

std::vector<std::string> declared_ops() {
  std::ifstream file(test::source_folder() / "engine/ops.h");
  const std::regex declaration(R"(^(?:Tensors?|TopK) (operator.|\w+)\()");
  std::vector<std::string> names;
  std::smatch match;
  for (std::string line; std::getline(file, line);)
    if (std::regex_search(line, match, declaration)) names.push_back(match[1]);
  return names;
}

std::vector<Index> sizes_that_vary(const OpRow& row) {
  std::set<Index> sizes;
  for (const Operand& operand : row.operands) sizes.insert(operand.shape.begin(), operand.shape.end());
  std::erase_if(sizes, [&](Index n) { return n == 1 || std::ranges::count(row.fixed, n) > 0; });
  return {sizes.begin(), sizes.end()};
}

OpRow resized(OpRow row, Index from, Index to) {
  for (Operand& operand : row.operands) std::replace(operand.shape.begin(), operand.shape.end(), from, to);
  return row;
}

Tensors make_inputs(const OpRow& row, DType dtype, std::uint64_t seed) {
  Generator generator(seed);
  Tensors inputs;
  for (const Operand& operand : row.operands) {
    const Tensor x = randn(operand.shape, generator, DType::f64);
    const auto values = [&] {
      switch (operand.values) {
        case Values::positive: return 0.5 + 2 * rand(operand.shape, generator, DType::f64);
        case Values::away: return x + 0.1 * sign(x);
        case Values::few: return cast(randint(0, 3, operand.shape, generator), DType::f64);
        case Values::normal: break;
      }
      return x;
    };
    inputs.push_back(cast(values(), dtype));
  }
  return inputs;
}

static Tensor in_one_piece(const Tensor& x) { return x; }

static Tensor transposed(const Tensor& x) {
  Shape reversed;
  for (Index axis = x.rank() - 1; axis >= 0; --axis) reversed.push_back(axis);
  return permute(contiguous(permute(x, reversed)), reversed);
}

// NaN lies between the values: whoever reads it gets found out.
static Tensor every_second(const Tensor& x) {
  Tensor y = x;
  for (Index axis = 0; axis < x.rank(); ++axis) {
    const Tensor between = full(y.shape(), std::numeric_limits<double>::quiet_NaN(), x.dtype());
    Shape doubled = y.shape();
    doubled[axis] *= 2;
    y = reshape(stack({y, between}, axis + 1), doubled);
  }
  for (Index axis = 0; axis < x.rank(); ++axis) y = slice(y, axis, 0, y.size(axis), 2);
  return y;
}

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all{
      {"in one piece", in_one_piece}, {"transposed", transposed}, {"every second", every_second}};
  return all;
}

Tensors arranged(Tensors inputs, const Layout& layout) {
  for (Tensor& input : inputs) input = layout.apply(input);
  return inputs;
}

// Any function of the flat position.
static Tensor generated(const Shape& shape, double f(Index i, Index last), DType dtype) {
  std::vector<double> values(size_t(elements(shape)));
  for (size_t i = 0; i < values.size(); ++i) values[i] = f(Index(i), shape.empty() ? 1 : shape.back());
  return tensor(values, shape, dtype);
}

Tensor some_indices(const Shape& shape, Index classes) {
  const Tensor numbers = generated(
      shape, [](Index i, Index) { return double(i * 7919 % 104729); }, DType::i64);
  if (classes <= 1) return zeros(shape, DType::i64);
  const Tensor x = cast(numbers, DType::f64);
  const double n = double(classes);
  return cast(x - n * cast(cast(x / n, DType::i64), DType::f64), DType::i64);
}

Tensor some_mask(const Shape& shape, DType dtype) {
  return generated(
      shape, [](Index i, Index last) { return double(i / last != 1 && (i * 5 + 1) % 3 != 0); }, dtype);
}

}  // namespace latent::test
