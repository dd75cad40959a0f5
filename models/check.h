// Checks the numbers of a config; the errors begin with the model's name.
#pragma once
#include <cmath>

#include "engine/shape.h"

namespace latent::models {

struct Check {
  static constexpr Index many = 1 << 24;  // products of two sizes can be counted
  static constexpr Index uses = 4096;     // a model ends

  const char* model;

  void within(Index low, Index value, Index high, const char* name) const {
    if (value < low || value > high) fail("{}: {} is {}, and {} to {} is possible", model, name, value, low, high);
  }
  // Each axis, and the number of points
  void grid(const Shape& grid, const char* name) const {
    Index points = 1;
    for (const Index size : grid) {
      within(1, size, many, name);
      within(1, points *= size, many, name);
    }
  }
  // Of a table that is made by the config alone, and that no weights in a file bear out: 256 MB of f32.  Perceiver IO's optical
  // flow has 47 million, of 368 x 496 places.
  void position_features(Index places, Index features) const {
    within(0, places * features, Index{1} << 26, "the number of position features of all places");
  }
  void at_least_0(double value, const char* name) const {
    if (!(value >= 0 && std::isfinite(value))) fail("{}: {} is {}, and 0 or more is possible", model, name, value);
  }
  void dropout(double value) const {
    if (!(value >= 0 && value < 1)) fail("{}: dropout is {}, and 0 to below 1 is possible", model, value);
  }
};

// The config itself, for a constructor to begin with: check(config) fails where no model can have it.
template <class Config> const Config& checked(const Config& config) {
  check(config);
  return config;
}

}  // namespace latent::models
