// docs/ops.md: what every op can do, as the checks find it.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"
#include "tests/files.h"

using namespace latent;
using namespace latent::test;

namespace {

using Check = bool (*)(const OpRow&);

struct Column {
  const char* name;
  Check check;
  bool needs_gradient;
};

const Column columns[] = {
    {"forward", [](const OpRow& row) { return check_value(row, DType::f64).empty(); }, false},
    {"backward", [](const OpRow& row) { return check_gradient(row, 1).empty() && check_layouts(row).empty(); }, true},
    {"second order", [](const OpRow& row) { return check_gradient(row, 2).empty(); }, true},
    {"f32", [](const OpRow& row) { return check_value(row, DType::f32).empty() && check_f32_gradient(row).empty(); },
     false},
    {"f64", [](const OpRow& row) { return check_value(row, DType::f64).empty() && check_gradient(row, 1).empty(); },
     false}};

const char* const head =
    "# What every op can do\n\n"
    "Written by a test (`tests/engine/test_docs.cpp`), which checks each cell for all forms of the op: the forward "
    "pass\n"
    "against plain loops, at every SIMD level and in every layout; the gradients against central differences. A dash: "
    "the\n"
    "result has no gradient, because the function is constant between its steps or gives indices.\n\n"
    "After a change: `LATENT_WRITE_DOCS=1 build/release/bin/test_engine \"docs*\"`\n\n";

std::string cell(const std::string& op, const Column& column) {
  bool gradient = false, works = true;
  for (const OpRow& row : op_table())
    if (row.name == op) {
      gradient = gradient || row.differentiable;
      works = works && column.check(row);
    }
  return column.needs_gradient && !gradient ? "–" : works ? "yes" : "no";
}

std::string written() {
  std::string text = std::string(head) + "| op |", line = "|---|";
  for (const Column& column : columns) {
    text += fmt::format(" {} |", column.name);
    line += "---|";
  }
  text += "\n" + line + "\n";
  std::vector<std::string> done;
  for (const std::string& op : declared_ops()) {
    if (std::ranges::count(done, op) > 0) continue;
    done.push_back(op);
    text += fmt::format("| `{}` |", op);
    for (const Column& column : columns) text += fmt::format(" {} |", cell(op, column));
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("docs: docs/ops.md says what every op can do") {
  const Threads one(1);
  const Path path = source_folder() / "docs" / "ops.md";
  const std::string text = written();
  CHECK(text.find(" no |") == std::string::npos);
  if (std::getenv("LATENT_WRITE_DOCS")) std::ofstream(path) << text;
  std::stringstream committed;
  committed << std::ifstream(path).rdbuf();
  INFO("to write it anew: LATENT_WRITE_DOCS=1 " << program("test_engine").string() << " \"docs*\"");
  CHECK(committed.str() == text);
}
