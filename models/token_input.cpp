#include "models/token_input.h"

#include <cmath>

namespace latent::models {

Index InputConfig::channels() const {
  if (positions == Positions::learned) return input_channels + position_channels;
  return input_channels + fourier().size(own_axes > 0 ? own_axes : grid.rank());
}

const std::vector<std::string>& names(Positions) {
  static const std::vector<std::string> all = {"fourier", "learned"};
  return all;
}

void check(const InputConfig& config, const char* model) {
  constexpr Index many = 1 << 24;  // products of two sizes can be counted
  const auto within = [&](Index low, Index value, const char* name) {
    if (value < low || value > many) fail("{}: {} is {}, and {} to {} is possible", model, name, value, low, many);
  };
  within(1, config.tokens(), "the number of inputs");
  within(0, config.input_channels, "input_channels");
  within(0, config.own_axes, "own_axes");
  within(0, config.bands, "bands");
  within(0, config.position_channels, "position_channels");
  within(1, config.channels(), "the number of channels of an input");
  if (const double value = config.nyquist_frequency; !(value >= 0 && std::isfinite(value)))
    fail("{}: nyquist_frequency is {}, and 0 or more is possible", model, value);
  if (config.own_axes > 0 && config.positions == Positions::learned)
    fail("{}: own_axes is {}, but positions that come with the input cannot be learned", model, config.own_axes);
}

TokenInput::TokenInput(const InputConfig& given, nn::Init& init) : config(given) {
  if (config.positions == Positions::learned)
    positions = parameter("positions", init.trunc_normal({config.tokens(), config.position_channels}, 0.02));
  else if (config.own_axes == 0)
    positions = init.constant({config.tokens(), config.fourier().size(config.grid.rank())},
                              [&] { return config.fourier()(nn::grid_positions(config.grid, DType::f64)); });
}

Tensor TokenInput::operator()(const Tensor& input) const {
  const Index channels = config.channels_in(), values = config.input_channels;
  if (input.rank() != 3 || input.dim(2) != channels || (positions.defined() && input.dim(1) != config.tokens()))
    fail("TokenInput: the input is {}, and (batch, {}, {}) is needed", input.shape(), config.tokens(), channels);
  if (config.own_axes > 0)
    return concat({slice(input, 2, 0, values), config.fourier()(slice(input, 2, values, channels))});
  return concat({input, broadcast_to(positions, {input.dim(0), positions.dim(0), positions.dim(1)})});
}

}  // namespace latent::models
