// Every op against its naive meaning: at every SIMD level, in both float types, at sizes around the register width, on
// tensors in one piece, transposed, sliced and broadcast.
#include <algorithm>

#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

bool may_be(const OpRow& row, Index size, Index wanted) {
  return wanted > 0 || std::ranges::count(row.never_zero, size) == 0;
}

}  // namespace

TEST_CASE("values: every op at every level, type, layout and size") {
  const Threads one(1);  // the tensors are small
  for (const OpRow& row : op_table())
    for (const DType dtype : {DType::f32, DType::f64}) {
      INFO(title(row) << " in " << to_string(dtype));
      CHECK(check_value(row, dtype) == "");
      for (const Index size : sizes_that_vary(row))
        for (const Index wanted : {0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100}) {
          if (!may_be(row, size, wanted)) continue;
          INFO(wanted << " in place of " << size);
          CHECK(check_value(resized(row, size, wanted), dtype) == "");
        }
    }
}

TEST_CASE("values: every pair of shapes that broadcast") {
  const Threads one(1);  // the tensors are small
  const std::vector<std::pair<Shape, Shape>> pairs{
      {{2, 3}, {}},        {{2, 3}, {3}},          {{2, 3}, {1}},       {{2, 3}, {2, 1}},
      {{2, 3}, {1, 3}},    {{2, 3}, {1, 1}},       {{2, 1}, {1, 3}},    {{3}, {2, 1}},
      {{4, 2, 3}, {2, 3}}, {{4, 1, 3}, {2, 1}},    {{4, 2, 3}, {2, 1}}, {{4, 1, 1}, {2, 3}},
      {{0, 3}, {1, 3}},    {{0, 3}, {3}},          {{2, 0}, {2, 1}},    {{}, {}},
      {{1}, {}},           {{2, 17, 33}, {17, 1}}, {{5, 40}, {40}},     {{40, 5}, {40, 1}}};
  for (OpRow row : op_table())
    if (row.broadcasts)
      for (const auto& [a, b] : pairs)
        for (const bool swapped : {false, true}) {
          row.operands[0].shape = swapped ? b : a;
          row.operands[1].shape = swapped ? a : b;
          if (row.operands.size() > 2) row.operands[2].shape = swapped ? b : a;
          INFO(title(row) << " of " << to_string(row.operands[0].shape) << " and " << to_string(row.operands[1].shape));
          CHECK(check_value(row, DType::f32) == "");
          if (elements(a) * elements(b) < 100) CHECK(check_gradient(row, 2) == "");
        }
}
