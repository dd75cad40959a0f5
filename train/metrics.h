// One row of numbers for every training step, as JSON lines and as CSV.
#pragma once
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "engine/shape.h"

namespace latent::train {

struct Metric {
  std::string name;
  std::optional<double> value;  // nothing where it was not measured in this step
};
using MetricsRow = std::vector<Metric>;

class Metrics {
 public:
  // Begins metrics.jsonl and metrics.csv in `folder`, or goes on after the first `rows` rows that are there.
  Metrics(const std::filesystem::path& folder, Index rows);

  void write(const MetricsRow& row);

 private:
  std::filesystem::path folder_;
  bool header_is_written_;
  std::ofstream json_, csv_;
};

}  // namespace latent::train
