// Every gradient against central differences, in f64, with random cotangents.
#include <algorithm>

#include "engine/kernels/formulas.h"
#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

// The row of a formula is the one with its name.
template <class F> void check_formula() {
  const auto row = std::ranges::find(op_table(), std::string(F::name), &OpRow::name);
  INFO(F::name);
  REQUIRE(row != op_table().end());
  const GradcheckResult result = gradcheck(row->op, make_inputs(*row), {.order = 3});
  INFO(result.where);
  CHECK(result.ok);
}

template <class... F> void check_formulas(formula::List<F...>) { (check_formula<F>(), ...); }

}  // namespace

TEST_CASE("gradients: every formula to third order") { check_formulas(formula::WithSlope{}); }

TEST_CASE("gradients: every op to second order") {
  const Threads one(1);  // the tensors are small
  for (const OpRow& row : op_table()) {
    INFO(title(row));
    CHECK(check_gradient(row, 2) == "");
  }
}

TEST_CASE("gradients: the same in every layout: transposed, sliced, broadcast") {
  const Threads one(1);  // the tensors are small
  for (const OpRow& row : op_table()) {
    INFO(title(row));
    CHECK(check_layouts(row) == "");
    CHECK(check_broadcast(row) == "");
  }
}

TEST_CASE("gradients: every op to second order, with size 0 or 1 on each axis") {
  const Threads one(1);  // the tensors are small
  for (const OpRow& row : op_table())
    for (const Index size : sizes_that_vary(row))
      for (const Index wanted : {0, 1}) {
        if (wanted == 0 && std::ranges::count(row.never_zero, size) > 0) continue;
        INFO(title(row) << " with " << wanted << " for " << size);
        const OpRow small = resized(row, size, wanted);
        CHECK(check_gradient(small, 2) == "");
        CHECK(check_layouts(small) == "");
      }
}

TEST_CASE("gradients: each owns its memory, whatever op made it") {
  const Threads one(1);  // the tensors are small
  for (const OpRow& row : op_table()) {
    INFO(title(row));
    CHECK(check_owned(row) == "");
  }
}

TEST_CASE("gradients: no op reads what has been overwritten since") {
  const Threads one(1);  // the tensors are small
  for (const OpRow& row : op_table()) {
    INFO(title(row));
    CHECK(check_overwritten(row) == "");
  }
}

TEST_CASE("gradients: f32 agrees with f64") {
  const Threads one(1);  // the tensors are small
  for (const OpRow& row : op_table()) {
    INFO(title(row));
    CHECK(check_f32_gradient(row) == "");
  }
}
