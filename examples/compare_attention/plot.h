// Curves on logarithmic axes, on which y = a xᵇ is a straight line of slope b.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace latent::compare_attention {

struct Line {
  std::string label;
  std::vector<double> x, y;
  std::string note;  // at its last point
};

struct Plot {
  std::string title;
  std::vector<Line> lines;
  std::function<std::string(double)> y_text;  // of a tick
};

// The plots side by side, with one legend, as an SVG; x are powers of 2.
std::string draw(const std::string& title, const std::vector<Plot>& plots);

}  // namespace latent::compare_attention
