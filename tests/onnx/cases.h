// A case of ONNX's test data: a folder with model.onnx, and test_data_set_*/input_*.pb and output_*.pb.
#pragma once
#include "tests/files.h"
#include "tests/onnx/operators.h"

namespace latent::onnx {

struct Outcome {
  enum { passed, composed, failed, not_expressible } kind;
  std::string op;      // of the only node but for constants; else what the graph is
  std::string reason;  // why it failed, or has no counterpart here
};

Outcome run_case(const test::Path& folder);

// The folders of all cases, in the order of their names; empty where the package is not installed.
std::vector<test::Path> all_cases();

}  // namespace latent::onnx
