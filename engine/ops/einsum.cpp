// Einstein summation by diagonals, sums, permutations and one batched matrix product.
#include <algorithm>
#include <cctype>
#include <map>

#include "engine/ops.h"

namespace latent {
namespace {

// A tensor and a name for each of its axes: a letter of the equation, or a digit for an axis of "...", 0 for the last.
struct Operand {
  Tensor x;
  std::string axes;
};

using Sizes = std::map<char, Index>;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)); }
bool has(const std::string& axes, char c) { return axes.find(c) != std::string::npos; }

// The axes that are also in `others`, or with `wanted` false the axes that are not.
std::string in(const std::string& axes, const std::string& others, bool wanted = true) {
  std::string some;
  for (char c : axes)
    if (has(others, c) == wanted) some += c;
  return some;
}
std::string not_in(const std::string& axes, const std::string& others) { return in(axes, others, false); }

Shape shape_of(const std::string& axes, const Sizes& sizes) {
  Shape shape;
  for (char c : axes) shape.push_back(sizes.at(c));
  return shape;
}

void check_term(const std::string& equation, std::string term) {
  if (const std::size_t dots = term.find("..."); dots != std::string::npos) term.erase(dots, 3);
  for (char c : term)
    if (!is_letter(c))
      fail("einsum: '{}' in {}; letters, one comma, one -> and for each tensor one ... are possible", c, equation);
}

// "...ij" with two axes for the dots: "10ij".
std::string without_dots(std::string term, Index axes) {
  std::string digits;
  while (axes > 0) digits += char('0' + --axes);
  if (const std::size_t at = term.find("..."); at != std::string::npos) term.replace(at, 3, digits);
  return term;
}

Operand name_axes(const std::string& term, const Tensor& x) {
  const bool has_dots = has(term, '.');
  const Index letters = Index(term.size()) - 3 * has_dots, others = x.rank() - letters;
  if (others < 0 || (others > 0 && !has_dots))
    fail("einsum: {} for a tensor of shape {}, which has {} axes", term, x.shape(), x.rank());
  return {x, without_dots(term, others)};
}

// The size of each axis.  Axes of "..." broadcast; a letter must have the same size everywhere.
Sizes sizes_of(const std::vector<Operand>& operands) {
  Sizes sizes;
  for (const auto& [x, axes] : operands)
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const Index n = x.shape()[Index(i)];
      Index& size = sizes.try_emplace(axes[i], n).first->second;
      if (!is_letter(axes[i]) && size == 1) size = n;
      if (n != size && (is_letter(axes[i]) || n != 1))
        fail("einsum: {} has size {} and size {}", is_letter(axes[i]) ? axes.substr(i, 1) : "an axis of ...", size, n);
    }
  return sizes;
}

// Without "->": the axes of "...", then the letters that occur once, in alphabetical order.
std::string implied_output(const std::vector<Operand>& operands, Index dots) {
  std::string all, once;
  for (const Operand& each : operands) all += each.axes;
  for (char c : all)
    if (is_letter(c) && std::ranges::count(all, c) == 1) once += c;
  std::ranges::sort(once);
  return without_dots("...", dots) + once;
}

void check_output(const std::string& equation, const std::string& output, const Sizes& sizes) {
  for (char c : output)
    if (!sizes.contains(c) || std::ranges::count(output, c) > 1)
      fail("einsum: the result of {} names {} {}", equation, c, sizes.contains(c) ? "twice" : "and no tensor does");
}

Operand permuted(const Operand& from, const std::string& order) {
  Shape axes;
  for (char c : order) axes.push_back(Index(from.axes.find(c)));
  return {permute(from.x, axes), order};
}

// Two axes of one name become one: of their n x n values, every (n + 1)-th is on the diagonal.
Operand diagonals(const Operand& from) {
  for (std::size_t i = 0; i < from.axes.size(); ++i) {
    const std::size_t j = from.axes.rfind(from.axes[i]);
    if (j == i) continue;
    Shape order;
    for (std::size_t k = 0; k < from.axes.size(); ++k)
      if (k != i && k != j) order.push_back(Index(k));
    order.push_back(Index(i));
    order.push_back(Index(j));
    const Tensor x = permute(from.x, order);
    const Index n = x.size(-1);
    Shape flat = x.shape().first(x.rank() - 2);
    flat.push_back(n * n);
    std::string axes = from.axes;
    axes.erase(j, 1).erase(i, 1);
    return diagonals({slice(reshape(x, flat), -1, 0, n * n, n + 1), axes + from.axes[i]});
  }
  return from;
}

Operand summed(const Operand& from, const std::string& kept) {
  Shape axes;
  for (char c : not_in(from.axes, kept)) axes.push_back(Index(from.axes.find(c)));
  return axes.empty() ? from : Operand{sum(from.x, axes), in(from.axes, kept)};
}

// (batch, left, inner) @ (batch, inner, right), each merged into one axis
Operand product(const Operand& a, const Operand& b, const std::string& output, const Sizes& sizes) {
  const std::string both = in(a.axes, b.axes), batch = in(both, output), inner = not_in(both, output),
                    left = not_in(a.axes, b.axes), right = not_in(b.axes, a.axes);
  const auto count = [&](const std::string& axes) { return elements(shape_of(axes, sizes)); };
  const auto matrices = [&](const Operand& from, const std::string& rows, const std::string& columns) {
    return reshape(permuted(from, batch + rows + columns).x, {count(batch), count(rows), count(columns)});
  };
  const Tensor m = matrices(a, left, inner), n = matrices(b, inner, right), c = inner.empty() ? m * n : matmul(m, n);
  const std::string axes = batch + left + right;
  return {reshape(c, shape_of(axes, sizes)), axes};
}

}  // namespace

Tensor einsum(const std::string& equation, const Tensor& a, const Tensor& b) {
  std::string text;
  for (char c : equation)
    if (c != ' ') text += c;
  const std::size_t arrow = text.find("->"), comma = text.substr(0, arrow).find(',');
  std::string result = arrow == std::string::npos ? "" : text.substr(arrow + 2), first = text.substr(0, arrow), second;
  if (comma != std::string::npos) second = first.substr(comma + 1), first.erase(comma);
  for (const std::string& term : {first, second, result}) check_term(equation, term);
  if (!a.defined() || b.defined() != (comma != std::string::npos))
    fail("einsum: {} is for {} tensors, and {} came", equation, comma == std::string::npos ? 1 : 2,
         a.defined() + b.defined());
  if (b.defined() && a.dtype() != b.dtype())
    fail("einsum: one tensor is {} and another {}; they must be of one type", to_string(a.dtype()),
         to_string(b.dtype()));
  std::vector<Operand> operands{name_axes(first, a)};
  if (b.defined()) operands.push_back(name_axes(second, b));
  const Sizes sizes = sizes_of(operands);
  const Index dots = std::ranges::count_if(sizes, [](const auto& each) { return !is_letter(each.first); });
  const std::string output = arrow == std::string::npos ? implied_output(operands, dots) : without_dots(result, dots);
  check_output(equation, output, sizes);
  for (Operand& each : operands) each = diagonals({broadcast_to(each.x, shape_of(each.axes, sizes)), each.axes});
  if (operands.size() == 1) return permuted(summed(operands[0], output), output).x;
  const Operand left = summed(operands[0], operands[1].axes + output), right = summed(operands[1], left.axes + output);
  return permuted(product(left, right, output, sizes), output).x;
}

}  // namespace latent
