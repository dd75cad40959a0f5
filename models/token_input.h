// The input of all models of this folder: tokens of any kind, with features of their positions.
#pragma once
#include "models/fields.h"
#include "nn/positional.h"

namespace latent::models {

enum class Positions { fourier, learned };
constexpr auto names(Positions) { return std::array{"fourier", "learned"}; }

struct InputConfig {
  // Either T tokens on a grid of any number of axes, such as {28, 28} for an image.  Or a set of T tokens whose
  // positions are `own_axes` further channels, such as the 3 coordinates of a point cloud; then input_channels may be
  // 0, and the grid {T} is only the number of tokens.
  Shape grid = {28, 28};
  Index input_channels = 1;
  Index own_axes = 0;

  // Position features, concatenated to each token.
  Positions positions = Positions::fourier;
  Index bands = 6;                // of Fourier features
  double nyquist_frequency = 14;  // their highest frequency, half the sampling rate: 14 for 28 pixels
  Index position_channels = 16;   // of learned positions
  // For tokens with own_axes: adds to each the local moments of its neighbours, weighted by Gaussians of this deviation
  // and of twice this deviation; 0: none.
  double neighbourhood = 0;

  // Seed of a permutation of a grid's tokens, the same for all inputs, applied after the position features are added,
  // as in the paper's experiments on permuted pixels; 0: no permutation.
  Index permutation = 0;

  Index tokens() const { return elements(grid); }                  // T
  Index channels_in() const { return input_channels + own_axes; }  // of a token of the input
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

// Error naming the first value that no model can have; the message begins with `model`.
void check(const InputConfig& config, const char* model);

// Error if the position features of a grid are too many.  Their table follows from the config alone, so the weights in
// a file do not confirm its size.
void check_position_features(const char* model, const Shape& grid, const nn::FourierFeatures& features);

// Local moments of the points around each point, weighted by a Gaussian of this deviation: their mean relative to the
// point, in deviations, and their covariances, in squared deviations (11, 12, 13, 22, 23, 33 for three axes).  They
// tell a plane, an edge and a corner apart, which a single position cannot.  Squares of s, the cloud's size in
// deviations, are subtracted from each other: values near 1 have an error of s² rounding errors.
Tensor local_moments(const Tensor& positions, double deviation);  // (B, T, A) -> (B, T, A + A (A + 1) / 2)

struct TokenInput : nn::Module {
  InputConfig config;
  Tensor positions;  // (T, features): a parameter or a constant; undefined with own_axes
  Tensor order;      // (T), i64: the source of each token; undefined without a permutation

  TokenInput(const InputConfig& config, nn::Init& init);

  // The tokens with their position features             (B, T, input_channels + own_axes) -> (B, T, C)
  Tensor operator()(const Tensor& input) const;
  Index flops() const;  // of one sample's local moments
};

}  // namespace latent::models
