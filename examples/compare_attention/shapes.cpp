#include "examples/compare_attention/shapes.h"

#include <algorithm>

#include "examples/compare_attention/svg.h"

namespace latent::compare_attention {
namespace {

double product(Index rows, Index inner, Index columns) { return 2.0 * double(rows) * double(inner) * double(columns); }
double softmax(Index heads, Index rows, Index columns) { return 5.0 * double(heads) * double(rows) * double(columns); }

std::string thousands(Index value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

// The matrices of n queries on T keys, with d channels in each of H heads
std::vector<Matrix> products_of(Index n, Index T, Index H, Index d, Index of_values) {
  return {{"scores", n, T, H, double(H) * product(n, d, T), true},
          {"softmax", n, T, H, softmax(H, n, T), true},
          {"context", n, of_values, H, double(H) * product(n, T, of_values)}};
}

Diagram of_multi_head(const Settings& s) {
  const Index T = s.tokens, D = s.channels, H = s.heads, d = D / H;
  Diagram diagram{"Multi-head attention", "softmax(Q Kᵀ / √d) V: every token asks every token, O(T²)", {}};
  diagram.matrices = {{"input", T, D}};
  for (const char* name : {"Q", "K", "V"})
    diagram.matrices.push_back({name, T, d, H, product(T, D, D), false, name[0] != 'Q'});
  for (const Matrix& each : products_of(T, T, H, d, d)) diagram.matrices.push_back(each);
  diagram.matrices.push_back({"output", T, D, 1, product(T, D, D)});
  return diagram;
}

Diagram of_latents(const Settings& s) {
  const Index T = s.tokens, N = s.latents, D = s.channels, H = s.heads, d = D / H;
  Diagram diagram{"Latent attention (Perceiver)", "N learned latents ask T tokens, O(N T): fewer queries", {}};
  diagram.matrices = {{"input", T, D},
                      {"latents", N, D},
                      {"Q", N, d, H, product(N, D, D)},
                      {"K", T, d, H, product(T, D, D)},
                      {"V", T, d, H, product(T, D, D)}};
  for (const Matrix& each : products_of(N, T, H, d, d)) diagram.matrices.push_back(each);
  diagram.matrices.push_back({"output", N, D, 1, product(N, D, D)});
  return diagram;
}

Diagram of_codes(const Settings& s) {
  const Index T = s.tokens, D = s.channels, H = s.heads, d = D / H, c = s.code_channels, r = s.rotary_channels;
  Diagram diagram{"Multi-head latent attention (MLA)",
                  "keys and values of a token come from one code: still O(T²), but little to remember",
                  {}};
  diagram.matrices = {{"input", T, D},
                      {"code", T, c, 1, product(T, D, c), false, true},
                      {"rotary key", T, r, 1, product(T, D, r), false, true},
                      {"Q", T, d + r, H, product(T, D, H * (d + r))},
                      {"K", T, d + r, H, product(T, c, D)},
                      {"V", T, d, H, product(T, c, D)}};
  for (const Matrix& each : products_of(T, T, H, d + r, d)) diagram.matrices.push_back(each);
  diagram.matrices.push_back({"output", T, D, 1, product(T, D, D)});
  return diagram;
}

// The heads of a matrix are drawn one behind the other, at most this number.
constexpr Index most_sheets = 8;
constexpr double sheet = 4, gap = 26, label_width = 88, tallest = 200, line = 15;

class Drawing {
 public:
  explicit Drawing(double unit) : unit_(unit) {}

  void add(const Diagram& diagram) {
    height_ += 30;
    content_ += svg_text(left, height_, diagram.title, "start", "title");
    content_ += svg_text(left, height_ + 18, diagram.formula, "start", "pale");
    content_ += svg_text(
        left, height_ + 34,
        fmt::format("all that is made: {}, {}", flops_text(diagram.flops()), bytes_text(double(diagram.bytes()))));
    height_ += 48;
    double x = left, room = 0;
    for (const Matrix& matrix : diagram.matrices) room = std::max(room, height(matrix));
    for (const Matrix& matrix : diagram.matrices) x = add(matrix, x, room);
    width_ = std::max(width_, x);
    height_ += room + 4 * line + 14;
  }

  std::string finish() const {
    return svg(width_ + left - gap, height_ + 10, "The matrices of three attentions, to scale", content_);
  }

 private:
  static constexpr double left = 16;

  double side(Index size) const { return std::max(2.0, unit_ * double(size)); }
  double behind(const Matrix& matrix) const { return sheet * double(std::min(matrix.heads, most_sheets) - 1); }
  double height(const Matrix& matrix) const { return side(matrix.rows) + behind(matrix); }

  // Draws a matrix on the common base line; returns the x of the next one.
  double add(const Matrix& matrix, double x, double room) {
    const double width = side(matrix.columns) + behind(matrix), cell = std::max(width, label_width);
    const double bottom = height_ + room, middle = x + cell / 2;
    const char* const kind = matrix.flops == 0   ? "given"
                             : matrix.weights    ? "weights"
                             : matrix.remembered ? "kept"
                                                 : "made";
    for (Index i = std::min(matrix.heads, most_sheets); i-- > 0;)
      content_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
                              kind, middle - width / 2 + sheet * double(i),
                              bottom - side(matrix.rows) - sheet * double(i), side(matrix.columns), side(matrix.rows));
    content_ += svg_text(middle, bottom + line + 2, matrix.name, "middle", "name");
    content_ += svg_text(middle, bottom + 2 * line + 2, matrix.size(), "middle");
    content_ +=
        svg_text(middle, bottom + 3 * line, matrix.flops == 0 ? "given" : flops_text(matrix.flops), "middle", "pale");
    content_ += svg_text(middle, bottom + 4 * line - 2, bytes_text(double(matrix.bytes())), "middle", "pale");
    return x + cell + gap / 2;
  }

  double unit_, width_ = 0, height_ = 0;
  std::string content_;
};

}  // namespace

std::string with_unit(double value, double base, const std::vector<const char*>& units) {
  std::size_t unit = 0;
  for (; value >= 0.9995 * base && unit + 1 < units.size(); ++unit) value /= base;
  std::string digits = fmt::format("{:.{}f}", value, value < 9.95 ? 1 : 0);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return fmt::format("{} {}", digits, units[unit]);
}

std::string flops_text(double flops) {
  return with_unit(flops, 1000, {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"});
}
std::string bytes_text(double bytes) { return with_unit(bytes, 1024, {"B", "KiB", "MiB", "GiB", "TiB", "PiB"}); }

std::string Matrix::size() const {
  const std::string one = fmt::format("{} × {}", thousands(rows), thousands(columns));
  return heads == 1 ? one : fmt::format("{} × {}", heads, one);
}

double Diagram::flops() const {
  double all = 0;
  for (const Matrix& matrix : matrices) all += matrix.flops;
  return all;
}

Index Diagram::bytes() const {
  Index all = 0;
  for (const Matrix& matrix : matrices)
    if (matrix.flops > 0) all += matrix.bytes();
  return all;
}

std::vector<Diagram> diagrams(const Settings& settings) {
  return {of_multi_head(settings), of_latents(settings), of_codes(settings)};
}

std::string draw(const std::vector<Diagram>& diagrams) {
  Index largest = 1;
  for (const Diagram& diagram : diagrams)
    for (const Matrix& matrix : diagram.matrices) largest = std::max({largest, matrix.rows, matrix.columns});
  Drawing drawing(tallest / double(largest));
  for (const Diagram& diagram : diagrams) drawing.add(diagram);
  return drawing.finish();
}

examples::Table table_of(const std::vector<Diagram>& diagrams) {
  examples::Table table;
  table.add({"attention", "matrix", "size", "FLOPs", "bytes"});
  for (const Diagram& diagram : diagrams) {
    for (const Matrix& matrix : diagram.matrices)
      table.add({diagram.title, matrix.name, matrix.size(), fmt::format("{:.0f}", matrix.flops),
                 fmt::format("{}", matrix.bytes())});
    table.add({diagram.title, "all that is made", "", fmt::format("{:.0f}", diagram.flops()),
               fmt::format("{}", diagram.bytes())});
  }
  return table;
}

}  // namespace latent::compare_attention
