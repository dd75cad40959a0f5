// ONNX's own tests of its operators, run through engine/ops.h; and docs/onnx.md, which says what came of each.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/onnx/cases.h"

using namespace latent;
using namespace latent::onnx;
using test::Path;

namespace {

constexpr std::size_t case_count = 1081;

const char* const head = R"(# ONNX's tests of its operators

Written by a test (`tests/onnx/test_onnx.cpp`), which runs every case of Debian's `libonnx-testdata` 1.12 through the
functions of `engine/ops.h` and compares the outputs with ONNX's. `tests/onnx` has a reader of the files and a table
that maps each ONNX operator to one call of these functions or to a composition of a few.

- float, double and int64 run as they are. float16 and bool become f32, int32 becomes i64, and arithmetic on integers
  runs in f64. This loses nothing below 2^53.
- The relative error of a value is at most 1e-5 (float), 1e-10 (double) or 2e-3 (float16); an expected value below 0.1
  counts as 0.1. Integers and bools must be equal.
- The last column has the reason why a case is not run.

After a change: `LATENT_WRITE_DOCS=1 build/release/bin/test_onnx`

)";

struct Row {
  Index counts[4] = {};
  std::map<std::string, Index> reasons;
};

using Table = std::map<std::string, Row>;

std::string reasons_of(const Row& row) {
  std::string text;
  for (const auto& [reason, count] : row.reasons)
    text += fmt::format("{}{}", text.empty() ? "" : "; ", count == 1 ? reason : fmt::format("{} ({})", reason, count));
  return text;
}

std::string cells(const Row& row) {
  std::string text;
  for (const Index count : row.counts) text += count == 0 ? " |" : fmt::format(" {} |", count);
  return text;
}

std::string written(const Table& table) {
  Row all;
  std::string lines;
  for (const auto& [op, row] : table) {
    for (int kind = 0; kind < 4; ++kind) all.counts[kind] += row.counts[kind];
    lines += fmt::format("| {} |{} {} |\n", op, cells(row), reasons_of(row));
  }
  const Index* n = all.counts;
  return head +
         fmt::format(
             "Of {} cases {} pass, {} of them as one call and {} as a composition of a few; {} fail; {} are not "
             "run.\n\n",
             n[0] + n[1] + n[2] + n[3], n[0] + n[1], n[0], n[1], n[2], n[3]) +
         "| ONNX | one call | composition | failed | not run | why |\n|---|---|---|---|---|---|\n" + lines;
}

}  // namespace

TEST_CASE("onnx: every case of ONNX's test data gives ONNX's values, or docs/onnx.md says why not") {
  const std::vector<Path> cases = all_cases();
  if (cases.size() != case_count)
    return fmt::print("skipped: needs the {} cases of the package libonnx-testdata 1.12, and {} are here\n", case_count,
                      cases.size());
  Table table;
  for (const Path& folder : cases) {
    const Outcome outcome = run_case(folder);
    Row& row = table[outcome.op];
    ++row.counts[outcome.kind];
    if (!outcome.reason.empty()) ++row.reasons[outcome.reason];
    INFO(folder.filename().string() << ": " << outcome.reason);
    CHECK(outcome.kind != Outcome::failed);
  }
  const Path path = test::source_folder() / "docs" / "onnx.md";
  const std::string text = written(table);
  if (std::getenv("LATENT_WRITE_DOCS")) std::ofstream(path) << text;
  std::stringstream committed;
  committed << std::ifstream(path).rdbuf();
  INFO("to write it anew: LATENT_WRITE_DOCS=1 " << test::program("test_onnx").string());
  CHECK(committed.str() == text);
}
