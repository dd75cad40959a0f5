#include "train/metrics.h"

#include <cmath>

#include "engine/error.h"

namespace latent::train {
namespace {

bool has_lines(const std::filesystem::path& file) {
  return std::filesystem::exists(file) && !std::filesystem::is_empty(file);
}

// Truncates the file after its first `lines` lines and opens it for appending.
std::ofstream keep_lines(const std::filesystem::path& file, Index lines) {
  if (lines > 0 && std::filesystem::exists(file)) {
    std::ifstream input(file, std::ios::binary);
    std::uintmax_t size = 0;
    std::string line;
    for (Index i = 0; i < lines && std::getline(input, line) && !input.eof(); ++i) size += line.size() + 1;
    std::filesystem::resize_file(file, size);
    return std::ofstream(file, std::ios::app);
  }
  return std::ofstream(file, std::ios::trunc);
}

}  // namespace

Metrics::Metrics(const std::filesystem::path& folder, Index rows)
    : folder_(folder),
      header_is_written_(rows > 0 && has_lines(folder / "metrics.csv")),
      json_(keep_lines(folder / "metrics.jsonl", rows)),
      csv_(keep_lines(folder / "metrics.csv", rows > 0 ? rows + 1 : 0)) {}

void Metrics::write(const MetricsRow& row) {
  std::vector<std::string> names, cells, fields;
  for (const auto& [name, value] : row) {
    names.push_back(name);
    cells.push_back(value ? fmt::format("{}", *value) : "");
    if (value) fields.push_back(fmt::format("\"{}\": {}", name, std::isfinite(*value) ? cells.back() : "null"));
  }
  if (!header_is_written_) csv_ << fmt::format("{}\n", fmt::join(names, ","));
  header_is_written_ = true;
  csv_ << fmt::format("{}\n", fmt::join(cells, ",")) << std::flush;
  json_ << fmt::format("{{{}}}\n", fmt::join(fields, ", ")) << std::flush;
  if (!csv_ || !json_) fail("{}: the metrics cannot be written", folder_.string());
}

}  // namespace latent::train
