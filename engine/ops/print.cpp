// Tensors as text: rows in brackets, columns aligned, long axes shortened to their ends.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "engine/ops.h"

namespace latent {
namespace {

constexpr Index shown = 3;  // values at each end of an axis longer than 2 shown + 1

// One format for all numbers: integers if all are whole and short, else 4 decimals, or an exponent if one needs it.
std::string format_value(double value, bool whole, bool wide) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  if (whole) return fmt::format("{:.0f}", value);
  return wide ? fmt::format("{:.4e}", value) : fmt::format("{:.4f}", value);
}

template <class F> void for_each_shown(Index n, F f) {
  const bool cut = n > 2 * shown + 1;
  for (Index i = 0; i < n; ++i) {
    if (cut && i == shown) i = n - shown;
    f(i, cut && i == n - shown);
  }
}

void collect(const Tensor& x, Shape& at, std::vector<double>& values) {
  if (at.rank() == x.rank()) return values.push_back(x.at(at));
  for_each_shown(x.size(at.rank()), [&](Index i, bool) {
    at.push_back(i);
    collect(x, at, values);
    at.erase(at.rank() - 1);
  });
}

void write(const Tensor& x, Index axis, const std::vector<std::string>& texts, size_t width, size_t& next,
           std::string& out) {
  if (axis == x.rank()) {
    const std::string& text = texts[next++];
    out += std::string(width - text.size(), ' ') + text;
    return;
  }
  const bool innermost = axis == x.rank() - 1;
  const std::string separator = innermost ? ", " : ",\n" + std::string(size_t(axis) + 1, ' ');
  out += "[";
  for_each_shown(x.size(axis), [&](Index i, bool gap) {
    if (i > 0) out += separator;
    if (gap) out += "..." + separator;
    write(x, axis + 1, texts, width, next, out);
  });
  out += "]";
}

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "undefined";
  std::vector<double> values;
  Shape at;
  collect(x.detach(), at, values);
  bool whole = true, wide = false;
  for (double v : values)
    if (std::isfinite(v)) {
      whole = whole && v == std::floor(v) && (std::abs(v) < 1e9 || x.dtype() == DType::i64);
      wide = wide || std::abs(v) >= 1e6 || (v != 0 && std::abs(v) < 1e-4);
    }
  std::vector<std::string> texts;
  size_t width = 0;
  for (double v : values) {
    texts.push_back(format_value(v, whole, wide));
    width = std::max(width, texts.back().size());
  }
  std::string out;
  size_t next = 0;
  write(x, 0, texts, width, next, out);
  return fmt::format("{}  {} {}", out, to_string(x.dtype()), x.shape());
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << to_string(x); }

}  // namespace latent
