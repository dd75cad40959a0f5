// How the ten digits are written: strokes in a unit square, x to the right and y down.
#pragma once
#include <vector>

namespace latent::mnist {

struct Point {
  double x, y;
};

using Stroke = std::vector<Point>;  // a smooth curve through its points; two points are a straight line
using Glyph = std::vector<Stroke>;

// The ways to write a digit, at least one for each of 0..9.
const std::vector<Glyph>& glyphs_of(int digit);

}  // namespace latent::mnist
