// How exact the elementwise functions are over their whole range, in units of the last place.
#include "tests/engine/accuracy.h"

#include "tests/catch.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

TEST_CASE("accuracy: elementwise functions and their slopes keep the bounds of docs/ops.md, at every level", "[slow]") {
  for_each_level([](const std::string& level) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (const Accuracy& accuracy : accuracies()) {
        const Worst worst = worst_error(accuracy, dtype);
        INFO((accuracy.slope ? "slope of " : "")
             << accuracy.op << " in " << to_string(dtype) << " at " << level << ": x = " << worst.at);
        CHECK(worst.error <= (dtype == DType::f32 ? accuracy.bounds.f32 : accuracy.bounds.f64));
      }
      const Worst worst = worst_pow_error(dtype);
      INFO("pow in " << to_string(dtype) << " at " << level << ": base " << worst.at);
      CHECK(worst.error <= (dtype == DType::f32 ? pow_bounds.f32 : pow_bounds.f64));
    }
  });
}

TEST_CASE("accuracy: powers of whole numbers are exact where they can be, and have the right sign") {
  for_each_level([](const std::string&) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (double base = -12; base <= 12; ++base)
        for (int exponent = -3; exponent <= 6; ++exponent) {
          double exact = 1;
          for (int i = 0; i < std::abs(exponent); ++i) exact *= base;
          if (exponent < 0) exact = dtype == DType::f32 ? double(float(1 / exact)) : 1 / exact;
          INFO(base << "^" << exponent);
          const Tensor x = full({3}, base, dtype);
          CHECK(pow(x, exponent).at({1}) == exact);
          CHECK(pow(x, full({3}, exponent, dtype)).at({1}) == exact);
        }
      const double even = dtype == DType::f32 ? 16777218 : 1e18;
      CHECK(pow(full({1}, -1, dtype), even).item() == 1);
      CHECK(pow(full({1}, -1, dtype), full({1}, even, dtype)).item() == 1);
      CHECK(pow(full({1}, -1, dtype), 16777215).item() == -1);
    }
  });
}
