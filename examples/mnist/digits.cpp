#include "examples/mnist/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "engine/parallel.h"
#include "examples/mnist/glyphs.h"

namespace latent::mnist {
namespace {

using Canvas = std::array<double, image_size>;  // 0 background, 1 ink

// The handwriting of one digit.  Points of the unit square are bent by a wave, then scaled, slanted, turned and shifted
// to pixels; all strokes alike, so that their ends still meet.
struct Hand {
  double wave_x, wave_y, phase_x, phase_y;
  double xx, xy, yx, yy, centre_x, centre_y;
  double radius, ink, noise;

  explicit Hand(Generator& g) {
    wave_x = g.uniform(0, 0.05), wave_y = g.uniform(0, 0.05);
    phase_x = g.uniform(0, 2 * std::numbers::pi), phase_y = g.uniform(0, 2 * std::numbers::pi);
    const double angle = g.uniform(-0.2, 0.2), slant = g.uniform(-0.35, 0.35);
    const double width = g.uniform(13, 21), height = g.uniform(17, 22);
    xx = width * std::cos(angle), xy = height * (-slant * std::cos(angle) - std::sin(angle));
    yx = width * std::sin(angle), yy = height * (-slant * std::sin(angle) + std::cos(angle));
    centre_x = side / 2 + g.uniform(-2, 2), centre_y = side / 2 + g.uniform(-2, 2);
    radius = g.uniform(0.7, 1.9), ink = g.uniform(0.7, 1), noise = g.uniform(0, 0.2);
  }

  Point place(Point p) const {
    const double turn = 2 * std::numbers::pi;
    const double x = p.x - 0.5 + wave_x * std::sin(turn * p.y + phase_x);
    const double y = p.y - 0.5 + wave_y * std::sin(turn * p.x + phase_y);
    return {centre_x + xx * x + xy * y, centre_y + yx * x + yy * y};
  }
};

// A point of the Catmull-Rom curve that runs from b to c, at t in [0, 1].
Point between(Point a, Point b, Point c, Point d, double t) {
  const auto curve = [t](double a, double b, double c, double d) {
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  };
  return {curve(a.x, b.x, c.x, d.x), curve(a.y, b.y, c.y, d.y)};
}

Stroke smooth(const Stroke& stroke) {
  constexpr int pieces = 6;
  const auto last = stroke.size() - 1;
  Stroke curve = {stroke.front()};
  for (std::size_t i = 0; i < last; ++i)
    for (int piece = 1; piece <= pieces; ++piece)
      curve.push_back(between(stroke[i == 0 ? 0 : i - 1], stroke[i], stroke[i + 1], stroke[std::min(i + 2, last)],
                              double(piece) / pieces));
  return curve;
}

double distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  const double x = p.x - a.x - t * dx, y = p.y - a.y - t * dy;
  return std::sqrt(x * x + y * y);
}

void draw_line(Canvas& canvas, Point a, Point b, double radius) {
  const auto low = [&](double v) { return std::clamp<Index>(std::floor(v - radius - 1), 0, side); };
  const auto high = [&](double v) { return std::clamp<Index>(std::ceil(v + radius + 1), 0, side); };
  const Index left = low(std::min(a.x, b.x)), right = high(std::max(a.x, b.x)), bottom = high(std::max(a.y, b.y));
  for (Index y = low(std::min(a.y, b.y)); y < bottom; ++y)
    for (Index x = left; x < right; ++x) {
      const double away = distance({x + 0.5, y + 0.5}, a, b);
      double& pixel = canvas[y * side + x];
      pixel = std::max(pixel, std::clamp(radius + 0.5 - away, 0.0, 1.0));
    }
}

void draw_digit(int digit, Generator generator, std::uint8_t* pixels) {
  const auto& glyphs = glyphs_of(digit);
  const Glyph& glyph = glyphs[generator.below(static_cast<Index>(glyphs.size()))];
  const Hand hand(generator);
  Canvas canvas{};
  for (const Stroke& stroke : glyph) {
    Stroke curve = smooth(stroke);
    for (Point& point : curve) point = hand.place(point);
    for (std::size_t i = 1; i < curve.size(); ++i) draw_line(canvas, curve[i - 1], curve[i], hand.radius);
  }
  for (const double pixel : canvas) {
    const double noisy = hand.ink * pixel + hand.noise * generator.uniform(-1, 1);
    *pixels++ = static_cast<std::uint8_t>(std::lround(255 * std::clamp(noisy, 0.0, 1.0)));
  }
}

}  // namespace

Dataset draw_digits(Index count, const Generator& generator) {
  Dataset dataset{std::vector<std::uint8_t>(count * image_size), std::vector<std::uint8_t>(count)};
  parallel_for(count, 100, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      dataset.labels[i] = static_cast<std::uint8_t>(i % classes);
      draw_digit(dataset.labels[i], generator.fold_in(i), dataset.pixels.data() + i * image_size);
    }
  });
  return dataset;
}

Dataset draw_digits(Split split) {
  const bool training = split == Split::train;
  return draw_digits(training ? 20000 : 2000, Generator(28).fold_in(training ? 1 : 2));
}

}  // namespace latent::mnist
