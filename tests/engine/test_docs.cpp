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
    "Written by a test (`tests/engine/test_docs.cpp`), which checks each cell for all forms of the op. It compares the "
    "forward pass\n"
    "with plain loops, at every SIMD level and in every layout, and the gradients with central differences. A dash: "
    "the result\n"
    "has no gradient, because the function is piecewise constant or returns indices.\n\n"
    "After a change: `LATENT_WRITE_DOCS=1 build/release/bin/test_engine \"docs*\"`\n\n";

const char* const accuracy_head =
    "\n# How exact they are\n\n"
    "Upper bounds of the error of elementwise functions and of their slopes (the ordinary backward pass), in units of "
    "the last place\n"
    "(ulp) of the exact result. `tests/engine/test_accuracy.cpp` tests them at every SIMD level against `long double`, "
    "on some\n"
    "100,000 values from the whole range of each type, with subnormal numbers and infinities. Correct rounding alone "
    "has an error of\n"
    "0.5. The unit of a subnormal result is the smallest number. Sums, products and quotients of two tensors are "
    "rounded once, as\n"
    "in IEEE 754.\n\n";

const char* const bits_head =
    "\n# Sums\n\n"
    "Long sums are computed in runs of a fixed length, and the runs are added pairwise. This holds for `sum`, `mean`, "
    "`softmax`,\n"
    "`log_softmax`, `cross_entropy`, the norms, products, the scatters and their gradients. Over ten million f32 "
    "values "
    "of one sign\n"
    "the relative error is at most 2e-6 (`tests/engine/test_long_sums.cpp`). `var` and `layer_norm` subtract the mean "
    "twice, and so\n"
    "keep their digits beside a large mean.\n\n"
    "# Bits\n\n"
    "At one SIMD level, the bits of a result depend on its operands alone (`tests/engine/test_bits.cpp`):\n\n"
    "- not on the number of threads;\n"
    "- not on other samples: a sample's forward result is the same alone and in any batch, and a query's attention is "
    "the same\n"
    "  alone and among others, so decoding with a cache gives the bits of one pass over the whole text;\n"
    "- not on the place in memory, nor on the values beside the operands.\n\n"
    "Exceptions: by default `MultiHeadLatentAttention` computes a few queries in its absorbed form and many in its "
    "plain form.\n"
    "A sum over leading axes uses the order of a row if it returns one value, and the order of columns if it returns "
    "several.\n"
    "Levels differ: a register holds 2 to 16 values, and sse2 rounds each product before it is added, while avx2, "
    "avx512 and\n"
    "neon64 do not. neon64 has the lanes of sse2 and the rounding of avx2. There, a function without such products has "
    "the bits of\n"
    "sse2, and a function without sums over lanes has the bits of avx2. Softmax, the norms, cross-entropy and "
    "attention "
    "have both, so\n"
    "their bits differ from both levels (`tests/ports.sh arm '~[slow]'` compares every op).\n";

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
