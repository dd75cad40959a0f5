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
  std::optional<double> value;  // empty if not measured in this step
};
using MetricsRow = std::vector<Metric>;

class Metrics {
 public:
  // Creates metrics.jsonl and metrics.csv in `folder`; with rows > 0 keeps their first `rows` rows and appends to them.
  Metrics(const std::filesystem::path& folder, Index rows);

  void write(const MetricsRow& row);

 private:
  std::filesystem::path folder_;
  bool header_is_written_;
  std::ofstream json_, csv_;
};

}  // namespace latent::train
