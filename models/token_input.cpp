#include "models/token_input.h"

#include "models/check.h"

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
  const Check check{model};
  check.within(1, config.grid.rank(), max_rank, "the number of axes of the grid");
  check.grid(config.grid, "the number of inputs");
  check.within(0, config.input_channels, Check::many, "input_channels");
  check.within(0, config.own_axes, Check::many, "own_axes");
  check.within(0, config.bands, Check::many, "bands");
  check.within(0, config.position_channels, Check::many, "position_channels");
  check.within(1, config.channels(), Check::many, "the number of channels of an input");
  check.at_least_0(config.nyquist_frequency, "nyquist_frequency");
  check.within(0, config.permutation, Check::many, "permutation");
  if (config.own_axes > 0 && config.positions == Positions::learned)
    fail("{}: own_axes is {}, but positions that come with the input cannot be learned", model, config.own_axes);
  if (config.own_axes > 0 && config.permutation != 0)
    fail("{}: own_axes is {}, and the order of tokens without a grid means nothing", model, config.own_axes);
}

TokenInput::TokenInput(const InputConfig& given, nn::Init& init) : config(given) {
  if (config.positions == Positions::learned)
    positions = parameter("positions", init.trunc_normal({config.tokens(), config.position_channels}, 0.02));
  else if (config.own_axes == 0)
    positions = init.constant({config.tokens(), config.fourier().size(config.grid.rank())},
                              [&] { return config.fourier()(nn::grid_positions(config.grid, DType::f64)); });
  if (config.permutation != 0 && !init.shapes_only) {
    Generator generator(static_cast<std::uint64_t>(config.permutation));
    const std::vector<Index> all = permutation(config.tokens(), generator);
    order = tensor(std::vector<double>(all.begin(), all.end()), DType::i64);
  }
}

Tensor TokenInput::operator()(const Tensor& input) const {
  const Index channels = config.channels_in(), values = config.input_channels;
  if (input.rank() != 3 || input.dim(2) != channels || (positions.defined() && input.dim(1) != config.tokens()))
    fail("TokenInput: the input is {}, and (batch, {}, {}) is needed", input.shape(), config.tokens(), channels);
  if (config.own_axes > 0)
    return concat({slice(input, 2, 0, values), config.fourier()(slice(input, 2, values, channels))});
  const Tensor tokens = concat({input, broadcast_to(positions, {input.dim(0), positions.dim(0), positions.dim(1)})});
  return order.defined() ? index_select(tokens, 1, order) : tokens;
}

}  // namespace latent::models
