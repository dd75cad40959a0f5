#include "examples/report/report.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/atomic_file.h"
#include "engine/shape.h"
#include "examples/report/files.h"
#include "models/number.h"

namespace latent::examples {
namespace {

using Columns = std::map<std::string, std::vector<double>>;  // NaN where nothing was measured

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line + ",");
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

Columns read_metrics(const std::filesystem::path& file) {
  std::ifstream input(file);
  std::string line;
  std::getline(input, line);
  const std::vector<std::string> names = cells_of(line);
  Columns columns;
  std::string fault;
  for (Index number = 2; std::getline(input, line) && !input.eof();
       ++number) {  // a line without an end is being written
    const std::vector<std::string> cells = cells_of(line);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string cell = i < cells.size() ? cells[i] : "";
      const auto value = to_number<double>(cell);
      if (!value && !cell.empty() && fault.empty()) fault = fmt::format("line {}: '{}'", number, cell);
      columns[names[i]].push_back(value.value_or(NAN));
    }
  }
  if (!fault.empty()) fmt::print(stderr, "{}: {} is not a number; it is not shown\n", file.string(), fault);
  return columns;
}

// Rounded to the digits that a curve needs; a whole number, such as a step, keeps all digits.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 1e15) return Index(value);
  return to_number<double>(fmt::format("{:.5g}", value)).value();
}

// Means of groups of rows, at most 600, so that a page stays small.
Json thinned(const std::vector<double>& values) {
  constexpr std::size_t most = 600;
  const std::size_t piece = (values.size() + most - 1) / most;
  Json means = Json::array();
  for (std::size_t first = 0; first < values.size(); first += piece) {
    const std::size_t last = std::min(values.size(), first + piece);
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += values[i];
    means.push_back(number(sum / double(last - first)));
  }
  return means;
}

Json lasts(const std::vector<double>& values) { return values.empty() ? Json(nullptr) : number(values.back()); }

}  // namespace

Json curves_of(const std::filesystem::path& metrics) {
  Columns columns = read_metrics(metrics);
  Json curves, validation;
  for (const char* name : {"epoch", "step", "loss", "accuracy", "learning_rate", "gradient_norm", "samples_per_second"})
    curves[name] = thinned(columns[name]);
  for (const char* name : {"epoch", "step", "loss", "accuracy"}) validation[name] = Json::array();
  for (std::size_t row = 0; row < columns["validation_loss"].size(); ++row) {
    if (std::isnan(columns["validation_loss"][row])) continue;
    const auto add = [&](const char* name, const std::vector<double>& column) {
      validation[name].push_back(row < column.size() ? number(column[row]) : Json(nullptr));
    };
    add("epoch", columns["epoch"]);
    add("step", columns["step"]);
    add("loss", columns["validation_loss"]);
    add("accuracy", columns["validation_accuracy"]);
  }
  return {{"curves", curves},
          {"validation", validation},
          {"epoch", lasts(columns["epoch"])},
          {"step", lasts(columns["step"])}};
}

std::string as_bytes(std::span<const double> values, double low, double high) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const double scale = high > low ? 255 / (high - low) : 0;
  const auto byte = [&](std::size_t i) {
    return i < values.size() ? unsigned(std::lround(std::clamp((values[i] - low) * scale, 0.0, 255.0))) : 0u;
  };
  std::string text;
  for (std::size_t i = 0; i < values.size(); i += 3) {
    const unsigned three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (const int shift : {18, 12, 6, 0}) text += digits[three >> shift & 63];
  }
  const std::size_t padding = (3 - values.size() % 3) % 3;
  return text.replace(text.size() - padding, padding, padding, '=');
}

std::string page(const std::string& script, const Json& content) {
  std::string data = content.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (std::size_t at = 0; (at = data.find('<', at)) != std::string::npos; at += 6)
    data.replace(at, 1, "\\u003c");  // a tag in the data could end the script element
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>latent</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"icon\" href=\"data:,\">\n"
      "<style>\n{}{}</style>\n<main></main>\n"
      "<script type=\"application/json\" id=\"data\">{}</script>\n"
      "<script>\n{}\n</script>\n<script>\n{}</script>\n<script>\n{}</script>\n</html>\n",
      uplot_css, page_css, data, uplot_js, charts_js, script);
}

void write_report(const std::filesystem::path& folder, const Json& content) {
  Json all = content;
  all.update(curves_of(folder / "metrics.csv"));
  write_text(folder / "report.html", page(report_js, all));
}

}  // namespace latent::examples
