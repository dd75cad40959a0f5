// docs/ops.md: what every op can do, as the checks find it.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/engine/accuracy.h"
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

const char* const accuracy_head =
    "\n# How exact they are\n\n"
    "The largest error of elementwise functions and of their slopes (the ordinary backward pass), in units of the last "
    "place of\n"
    "the exact result: bounds that `tests/engine/test_accuracy.cpp` holds at every SIMD level, on some 100,000 values "
    "from "
    "the whole\n"
    "range of each type, subnormal numbers and infinities among them, against `long double`. 0.5 is the rounding "
    "alone. "
    "Results\n"
    "that are subnormal: in units of the smallest number. Sums, products and quotients of two tensors are rounded "
    "once, as IEEE 754\n"
    "has them.\n\n";

const char* const bits_head =
    "\n# Sums\n\n"
    "Long sums are made in runs of a fixed length, which are added pairwise: `sum`, `mean`, `softmax`, `log_softmax`, "
    "`cross_entropy`,\n"
    "the norms, products, the scatters and their gradients. Over ten million f32 values of one sign they are right to "
    "2e-6\n"
    "(`tests/engine/test_long_sums.cpp`). `var` and `layer_norm` centre twice, and keep their digits beside a large "
    "mean.\n\n"
    "# Bits\n\n"
    "At one SIMD level, the bits of a result follow from what it is computed from (`tests/engine/test_bits.cpp`):\n\n"
    "- not from the number of threads;\n"
    "- not from other samples: a sample's forward result is the same alone and in any batch, and a query's attention "
    "the same\n"
    "  alone and among others, so that decoding with a cache gives the bits of the whole text;\n"
    "- not from its place in memory, nor from the values beside it.\n\n"
    "Exceptions: `MultiHeadLatentAttention` asks few queries in its absorbed form and many in the plain one, unless "
    "told "
    "which; a\n"
    "sum over leading axes is in the order of a row where one value is kept, and in that of columns where there are "
    "several.\n"
    "Levels differ: their registers hold 2 to 16 values, and sse2 rounds products that avx2, avx512 and neon64 add "
    "unrounded.\n"
    "neon64 has as many lanes as sse2, and rounds as avx2. So a function without such products has the bits of sse2 on "
    "it, one without\nsums over lanes the bits of avx2. Softmax, the norms, cross-entropy and attention have both, and "
    "bits of their own\n(`tests/ports.sh arm '~[slow]'` compares every op).\n";

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
  return text + accuracy_head + accuracy_table() + bits_head;
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
