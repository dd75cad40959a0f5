#include "examples/report/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace latent::examples {

// The number of characters: continuation bytes of UTF-8 do not count.
static std::size_t width(const std::string& text) {
  return std::size_t(std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

static std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\n") == std::string::npos) return cell;
  std::string all = "\"";
  for (const char c : cell) all += c == '"' ? "\"\"" : std::string(1, c);
  return all + '"';
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& line : lines_) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  std::string all;
  for (const auto& line : lines_) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - width(line[i]), ' ');
      if (i > 0)
        all += "  " + space + line[i];
      else
        all += line[i] + (line.size() > 1 ? space : "");
    }
    all += '\n';
  }
  return all;
}

std::string Table::csv() const {
  std::string all;
  for (const auto& line : lines_)
    for (std::size_t i = 0; i < line.size(); ++i) all += quoted(line[i]) + (i + 1 < line.size() ? ',' : '\n');
  return all;
}

std::string Table::html() const {
  std::string all = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n";
  for (std::size_t row = 0; row < lines_.size(); ++row) {
    all += "<tr>";
    for (std::size_t i = 0; i < lines_[row].size(); ++i) {
      const std::string cell = html_escaped(lines_[row][i]);
      if (row == 0)
        all += fmt::format("<th scope=\"col\">{}</th>", cell);
      else
        all += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", cell) : fmt::format("<td>{}</td>", cell);
    }
    all += "</tr>\n";
  }
  return all + "</table></div>\n";
}

std::string html_escaped(const std::string& text) {
  std::string all;
  for (const char c : text) switch (c) {
      case '<': all += "&lt;"; break;
      case '>': all += "&gt;"; break;
      case '&': all += "&amp;"; break;
      case '"': all += "&quot;"; break;
      default: all += c;
    }
  return all;
}

}  // namespace latent::examples
