// The input of all models of this folder: tokens of any kind, with features of their positions.
#pragma once
#include "nn/positional.h"

namespace latent::models {

enum class Positions { fourier, learned };

struct InputConfig {
  // T tokens on a grid of any number of axes, {28, 28} for an image, each with some channels.  Or a set of tokens with their
  // positions as `own_axes` further channels, such as the 3 of a cloud of points, which needs no input_channels; the grid {T}
  // is then only their number.
  Shape grid = {28, 28};
  Index input_channels = 1;
  Index own_axes = 0;

  // Position features, concatenated to each token.
  Positions positions = Positions::fourier;
  Index bands = 6;                // of Fourier features
  double nyquist_frequency = 14;  // their highest frequency, half the sampling rate: 14 for 28 pixels
  Index position_channels = 16;   // of learned positions
  // For tokens with positions of their own: adds to each the local moments of its neighbours, weighed by Gaussians of this
  // deviation and twice it; 0: none.
  double neighbourhood = 0;

  // Seed of a permutation of a grid's tokens, the same for all inputs, made after their position features, as in the paper's
  // experiments on permuted pixels; 0: no permutation.
  Index permutation = 0;

  Index tokens() const { return elements(grid); }                  // T
  Index channels_in() const { return input_channels + own_axes; }  // of a token as it comes
  Index channels() const;                                          // C, of a token with its position features
  nn::FourierFeatures fourier() const { return {bands, nyquist_frequency}; }

  bool operator==(const InputConfig&) const = default;
};

// For metadata.h
const std::vector<std::string>& names(Positions);
template <class Config, class Visit>
requires std::same_as<std::remove_const_t<Config>, InputConfig>
void for_each_field(Config& c, Visit& visit) {
  visit("grid", c.grid);
  visit("input_channels", c.input_channels);
  visit("own_axes", c.own_axes);
  visit("positions", c.positions);
  visit("bands", c.bands);
  visit("nyquist_frequency", c.nyquist_frequency);
  visit("position_channels", c.position_channels);
  visit("neighbourhood", c.neighbourhood);
  visit("permutation", c.permutation);
}

// Error naming the first value that no model can have; `model` begins it.
void check(const InputConfig& config, const char* model);

// Local moments: for each point, the mean of the other points relative to it, weighed by a Gaussian of this deviation, in
// deviations, and their covariances, in squared deviations (11, 12, 13, 22, 23, 33 of three axes).  A plane, an edge and a
// corner differ in them, which single positions leave for the layers above to find.  Squares of the cloud's size in deviations
// are subtracted: values near 1 are right to that square times the rounding error.
Tensor surroundings(const Tensor& positions, double deviation);  // (B, T, A) -> (B, T, A + A (A + 1) / 2)

struct TokenInput : nn::Module {
  InputConfig config;
  Tensor positions;  // (T, features): a parameter or a constant; undefined with own_axes
  Tensor order;      // (T), i64: where each token comes from; undefined without a permutation

  TokenInput(const InputConfig& config, nn::Init& init);

  // With position features                             (B, T, input_channels + own_axes) -> (B, T, C)
  Tensor operator()(const Tensor& input) const;
  Index flops() const;  // of one sample's neighbourhoods
};

}  // namespace latent::models
