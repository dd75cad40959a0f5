#include "models/token_input.h"

namespace latent::models {

static constexpr Index neighbourhoods = 2;  // a small and a large one, of twice the radius

static Index surrounding_channels(Index axes) { return axes + axes * (axes + 1) / 2; }

Index InputConfig::channels() const {
  if (positions == Positions::learned) return input_channels + position_channels;
  const Index of_neighbours = neighbourhood > 0 ? neighbourhoods * surrounding_channels(own_axes) : 0;
  return input_channels + fourier().size(own_axes > 0 ? own_axes : grid.rank()) + of_neighbours;
}

void check(const InputConfig& config, const char* model) {
  check_fields(model, config);
  check_range(model, "the number of axes of the grid", config.grid.rank(), 1, max_rank);
  check_grid(model, "the number of inputs", config.grid);
  check_range(model, "the number of channels of an input", config.channels(), 1, most_channels);
  if (config.positions == Positions::fourier && config.own_axes == 0)
    check_position_features(model, config.grid, config.fourier());
  if (config.own_axes == 0 && config.neighbourhood > 0)
    fail("{}: neighbourhood is {}, and only tokens with own_axes can have one", model, config.neighbourhood);
  if (config.own_axes > 0 && config.positions == Positions::learned)
    fail("{}: own_axes is {}, but positions that come with the input cannot be learned", model, config.own_axes);
  if (config.own_axes > 0 && config.permutation != 0)
    fail("{}: own_axes is {}, and permutation is for tokens on a grid", model, config.own_axes);
}

void check_position_features(const char* model, const Shape& grid, const nn::FourierFeatures& features) {
  constexpr double most = 1 << 26;  // 256 MB of f32; Perceiver IO's optical flow has 47 million, of 368 x 496 positions
  check_range(model, "the number of position features of all places", elements(grid) * features.size(grid.rank()), 0,
              most);
}

// x_i x_j of all pairs i <= j of axes                         (..., A) -> (..., A (A + 1) / 2)
static Tensor pair_products(const Tensor& x) {
  Tensors all;
  for (Index i = 0; i < x.size(-1); ++i) all.push_back(slice(x, -1, i, i + 1) * slice(x, -1, i, x.size(-1)));
  return concat(all);
}

// Attention by distance: |q - k|² = |q|² + |k|² - 2 q·k, and |q|² is the same for all keys of a query, so the softmax
// of q·k - |k|² / 2 weights the keys by a Gaussian.  The cloud is centred first: squares lose digits far from 0.
Tensor local_moments(const Tensor& positions, double deviation) {
  const Index axes = positions.size(-1);
  const Tensor x = unsqueeze((positions - mean(positions, -2, true)) * (1 / deviation), 1);  // one head
  const Tensor lengths = sum(x * x, -1, true), ones = ones_like(lengths);
  const Tensor moments =
      attention(concat({x, ones}), concat({x, lengths * -0.5}), concat({x, pair_products(x)}), {.scale = 1});
  const Tensor middle = slice(moments, -1, 0, axes), products = slice(moments, -1, axes, moments.size(-1));
  return squeeze(concat({middle - x, products - pair_products(middle)}), 1);
}

Index TokenInput::flops() const {
  if (config.neighbourhood == 0) return 0;
  const Index axes = config.own_axes;
  return neighbourhoods * 2 * config.tokens() * config.tokens() * (axes + 1 + surrounding_channels(axes));
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
  if (input.rank() != 3 || input.size(2) != channels || (positions.defined() && input.size(1) != config.tokens()))
    fail("TokenInput: the input is {}, and (batch, {}, {}) is needed", input.shape(), config.tokens(), channels);
  if (config.own_axes > 0) {
    const Tensor own = slice(input, 2, values, channels);
    Tensors features = {slice(input, 2, 0, values), config.fourier()(own)};
    for (Index i = 0; i < neighbourhoods && config.neighbourhood > 0; ++i)
      features.push_back(local_moments(own, config.neighbourhood * double(i + 1)));
    return concat(features);
  }
  const Tensor tokens = concat({input, broadcast_to(positions, {input.size(0), positions.size(0), positions.size(1)})});
  return order.defined() ? index_select(tokens, 1, order) : tokens;
}

}  // namespace latent::models
