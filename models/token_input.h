// The input of all models of this folder: tokens of any kind, with features of their positions.
#pragma once
#include "models/fields.h"
#include "nn/positional.h"

namespace latent::models {

enum class Positions { fourier, learned };
constexpr auto names(Positions) { return std::array{"fourier", "learned"}; }

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

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    visit("grid", c.grid, Field{});
    visit("input_channels", c.input_channels, Field{"", 0, most_channels});
    visit("own_axes", c.own_axes, Field{"", 0, most_channels});
    visit("positions", c.positions, Field{"Position features: Fourier features, or learned"});
    visit("bands", c.bands, Field{"Frequencies of Fourier features", 0, most_channels});
    visit("nyquist_frequency", c.nyquist_frequency, Field{"Highest frequency of Fourier features", 0, 1e9});
    visit("position_channels", c.position_channels, Field{"Channels of learned positions", 0, most_channels});
    visit("neighbourhood", c.neighbourhood,
          Field{"Local moments of points: radius of their neighbours; 0: none", 0, 1e9});
    visit("permutation", c.permutation,
          Field{"Seed of an order in which the tokens come, the same for all inputs, after their position features; 0: "
                "row by row",
                0, most_channels});
  }
};

// Error naming the first value that no model can have; `model` begins it.
void check(const InputConfig& config, const char* model);

// Error if the features of the positions in a grid are too many: a table that follows from the config alone, which no weights
// in a file bear out.
void check_position_features(const char* model, const Shape& grid, const nn::FourierFeatures& features);

// Local moments: for each point, the mean of the other points relative to it, weighed by a Gaussian of this deviation, in
// deviations, and their covariances, in squared deviations (11, 12, 13, 22, 23, 33 of three axes).  A plane, an edge and a
// corner differ in them, which single positions leave for the layers above to find.  Squares of the cloud's size in deviations
// are subtracted: values near 1 are right to that square times the rounding error.
Tensor local_moments(const Tensor& positions, double deviation);  // (B, T, A) -> (B, T, A + A (A + 1) / 2)

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
