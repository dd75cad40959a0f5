#include "examples/compare_attention/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "examples/compare_attention/svg.h"

namespace latent::compare_attention {
namespace {

// Okabe and Ito (2008): colours that colour-blind readers can distinguish.
constexpr const char* colors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

constexpr double width = 420, height = 260, left = 76, top = 34, right = 20, bottom = 34, line_height = 17;

struct Range {
  double low = 1e300, high = -1e300;  // of logarithms

  void add(double value) {
    low = std::min(low, std::log10(value));
    high = std::max(high, std::log10(value));
  }
  double place(double value, double from, double to) const {
    return from + (to - from) * (high > low ? (std::log10(value) - low) / (high - low) : 0.5);
  }
};

std::string draw(const Plot& plot, double offset) {
  Range x, y;
  for (const Line& line : plot.lines) {
    for (const double value : line.x) x.add(value);
    for (const double value : line.y)
      if (value > 0) y.add(value);
  }
  if (x.low > x.high || y.low > y.high) return "";
  y = {std::floor(y.low), std::ceil(y.high)};
  const double x0 = offset + left, x1 = offset + width - right, y0 = top + height - bottom, y1 = top;
  std::string all = svg_text(x0, top - 12, plot.title, "start", "name");
  const int step = y.high - y.low > 6 ? 2 : 1;
  for (int power = int(y.low); power <= int(y.high); power += step) {
    const double at = y.place(std::pow(10.0, power), y0, y1);
    all +=
        fmt::format("<line class=\"rule\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", x0, x1, at, at);
    all += svg_text(x0 - 6, at + 4, plot.y_text(std::pow(10.0, power)), "end", "pale");
  }
  for (double value = std::exp2(std::round(x.low / std::log10(2.0))); std::log10(value) < x.high + 0.01; value *= 4)
    all += svg_text(x.place(value, x0, x1), y0 + 16, fmt::format("{:.0f}", value), "middle", "pale");
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    const Line& line = plot.lines[i];
    const char* const color = colors[i % std::size(colors)];
    std::string path, dots;
    for (std::size_t k = 0; k < line.x.size(); ++k) {
      if (line.y[k] <= 0) continue;
      const double px = x.place(line.x[k], x0, x1), py = y.place(line.y[k], y0, y1);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", px, py);
      dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"/>\n", px, py, color);
      if (k + 1 == line.x.size() && !line.note.empty()) all += svg_text(px + 5, py - 5, "ends", "start", "pale");
    }
    all += fmt::format("<path class=\"curve\" d=\"{}\" stroke=\"{}\"/>\n{}", path, color, dots);
  }
  return all;
}

}  // namespace

std::string draw(const std::string& title, const std::vector<Plot>& plots) {
  std::string content;
  for (std::size_t i = 0; i < plots.size(); ++i) content += draw(plots[i], width * double(i));
  double at = top + height + 18;
  for (std::size_t i = 0; !plots.empty() && i < plots[0].lines.size(); ++i, at += line_height) {
    const Line& line = plots[0].lines[i];
    content += fmt::format("<rect x=\"{:.0f}\" y=\"{:.1f}\" width=\"12\" height=\"12\" fill=\"{}\"/>\n", left, at - 10,
                           colors[i % std::size(colors)]);
    content +=
        svg_text(left + 18, at, line.note.empty() ? line.label : fmt::format("{}; ends: {}", line.label, line.note));
  }
  return svg(width * double(plots.size()), at, title, content);
}

}  // namespace latent::compare_attention
