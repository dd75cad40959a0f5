#include "examples/compare_attention/compare.h"

#include <cmath>

#include "engine/level.h"
#include "engine/parallel.h"

#include "engine/atomic_file.h"
#include "examples/app/program.h"
#include "examples/app/text_file.h"
#include "examples/compare_attention/plot.h"
#include "examples/compare_attention/shapes.h"
#include "examples/report/files.h"
#include "train/stop.h"

namespace latent::compare_attention {
namespace {

using examples::Table;

// A quantity that is measured for each pass
struct Quantity {
  const char *file, *name;
  double Cost::*value;
  std::string (*text)(double);
};

std::string seconds_text(double seconds) { return with_unit(1e6 * seconds, 1000, {"µs", "ms", "s"}); }
std::string decimal_bytes(double bytes) { return with_unit(bytes, 1000, {"B", "kB", "MB", "GB"}); }

const Quantity quantities[] = {{"time.svg", "Time", &Cost::seconds, seconds_text},
                               {"memory.svg", "Peak memory", &Cost::bytes, decimal_bytes},
                               {"flops.svg", "FLOPs", &Cost::flops, flops_text}};
const std::pair<const char*, Cost Point::*> passes[] = {{"forward", &Point::forward}, {"backward", &Point::backward}};

Line line_of(const Curve& curve, Cost Point::*pass, double Cost::*value) {
  Line line{curve.form, {}, {}, curve.end};
  for (const Point& point : curve.points) {
    line.x.push_back(double(point.tokens));
    line.y.push_back(point.*pass.*value);
  }
  return line;
}

std::string picture(const Quantity& quantity, const std::vector<Curve>& curves) {
  std::vector<Plot> plots;
  for (const auto& [name, pass] : passes) {
    Plot plot{fmt::format("{}, {}, by tokens", quantity.name, name), {}, quantity.text};
    for (const Curve& curve : curves) plot.lines.push_back(line_of(curve, pass, quantity.value));
    plots.push_back(plot);
  }
  return draw(fmt::format("{} of five forms of attention by the number of tokens, on logarithmic axes", quantity.name),
              plots);
}

std::string picture(const std::vector<Decoding>& decodings) {
  Plot size{"KV cache of a layer, by tokens", {}, decimal_bytes},
      time{"Time for one more token, by tokens", {}, seconds_text};
  for (const Decoding& decoding : decodings) {
    Line bytes{decoding.form, {}, {}, {}}, seconds = bytes;
    for (const auto& step : decoding.steps) {
      bytes.x.push_back(double(step.tokens));
      bytes.y.push_back(double(step.tokens * decoding.bytes_per_token));
      seconds.y.push_back(step.seconds);
    }
    seconds.x = bytes.x;
    size.lines.push_back(bytes);
    time.lines.push_back(seconds);
  }
  return draw("Size of the cache and time of a step by the number of tokens, on logarithmic axes", {size, time});
}

// The exact numbers, for other programs
Table all_points(const std::vector<Curve>& curves) {
  Table table;
  table.add({"form", "tokens", "pass", "seconds", "peak_bytes", "flops"});
  for (const Curve& curve : curves)
    for (const Point& point : curve.points)
      for (const auto& [name, pass] : passes) {
        const Cost& cost = point.*pass;
        table.add({curve.form, fmt::format("{}", point.tokens), name, fmt::format("{:.4g}", cost.seconds),
                   fmt::format("{:.0f}", cost.bytes), fmt::format("{:.0f}", cost.flops)});
      }
  return table;
}

// The exponent b of T^b at the end of each curve
Table exponents(const std::vector<Curve>& curves) {
  Table table;
  std::vector<std::string> heading = {"exponent of T"};
  for (const Quantity& quantity : quantities)
    for (const auto& [name, pass] : passes) heading.push_back(fmt::format("{}, {}", quantity.name, name));
  heading.push_back("measured up to");
  table.add(heading);
  for (const Curve& curve : curves) {
    std::vector<std::string> cells = {curve.form};
    for (const Quantity& quantity : quantities)
      for (const auto& [name, pass] : passes) {
        const Line line = line_of(curve, pass, quantity.value);
        const double found = exponent(line.x, line.y);
        cells.push_back(std::isnan(found) ? "-" : fmt::format("{:.2f}", found));
      }
    cells.push_back(fmt::format("{}", curve.points.empty() ? 0 : curve.points.back().tokens));
    table.add(cells);
  }
  return table;
}

Table caches(const std::vector<Decoding>& decodings) {
  Table table;
  std::vector<std::string> heading = {"attention", "bytes a token"};
  for (const auto& step : decodings.front().steps) heading.push_back(fmt::format("µs at {} tokens", step.tokens));
  table.add(heading);
  for (const Decoding& decoding : decodings) {
    std::vector<std::string> cells = {decoding.form, fmt::format("{}", decoding.bytes_per_token)};
    for (const auto& step : decoding.steps) cells.push_back(fmt::format("{:.1f}", 1e6 * step.seconds));
    cells.resize(heading.size(), "-");
    table.add(cells);
  }
  return table;
}

struct Results {
  Table shapes, exponents, measured, caches;
  std::string shapes_svg, caches_svg;
  std::vector<std::string> curves_svg;
};

std::string page(const Settings& settings, const Results& results) {
  std::string curves;
  for (const std::string& picture : results.curves_svg) curves += picture;
  return fmt::format(
      R"html(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Three attentions – latent</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style>
{}</style>
<main>
<h1>Three attentions, side by side</h1>
<p class="soft">{} channels in {} heads; {} latents; MLA with a code of {} channels and {} rotary ones. f32.</p>
<section aria-labelledby="shapes"><h2 id="shapes">Shapes</h2>
<p>To scale, for {} tokens: height is rows, width is columns, heads lie one behind the other. Under each matrix its
size, the operations that compute it, and its bytes. Dashed: scores and weights, which a fused kernel computes piece by
piece and never holds whole in memory. Green: kept for each token in the KV cache when a text is continued.</p>
{}<details><summary>The numbers</summary>{}</details></section>
<section aria-labelledby="measured"><h2 id="measured">Measured</h2>
<p>One sample, threads: {}, {}. Multi-head attention is self-attention, with gradients for its weights and its input;
latents attend to an input that is data, without a gradient. The peak of the backward pass includes the tensors that the
forward pass kept; weights and input are not counted. On logarithmic axes a straight line of slope b is T to the power
of b; the table has the slopes of the last four points.</p>
{}{}<details><summary>All points</summary>{}</details></section>
<section aria-labelledby="cache"><h2 id="cache">The KV cache</h2>
<p>One layer, one text, continued token by token.</p>
{}{}</section>
</main>
</html>
)html",
      examples::page_css, settings.channels, settings.heads, settings.latents, settings.code_channels,
      settings.rotary_channels, settings.tokens, results.shapes_svg, results.shapes.html(), latent::threads(), level(),
      curves, results.exponents.html(), results.measured.html(), results.caches_svg, results.caches.html());
}

}  // namespace

int compare(const Settings& settings) {
  examples::need_one_process("compare_attention");
  check(settings);
  examples::start(settings.threads, settings.seed);
  train::catch_stop_signals();
  Results results;
  const std::vector<Diagram> drawn = diagrams(settings);
  results.shapes = table_of(drawn);
  results.shapes_svg = draw(drawn);
  for (const Diagram& diagram : drawn)
    fmt::print("{}: {}, {}\n", diagram.title, flops_text(diagram.flops()), bytes_text(double(diagram.bytes())));

  const std::vector<Curve> curves = measure(settings);
  const std::vector<Decoding> decodings = measure_decoding(settings);
  if (train::stop_requested()) return examples::exit_stopped;
  results.measured = all_points(curves);
  results.exponents = exponents(curves);
  results.caches = caches(decodings);
  results.caches_svg = picture(decodings);
  fmt::print("\n{}", results.exponents.text());
  for (const Curve& curve : curves)
    if (!curve.end.empty()) fmt::print("{} ends: {}\n", curve.form, curve.end);
  fmt::print("\n{}", results.caches.text());

  const std::filesystem::path out = settings.out;
  std::filesystem::create_directories(out);
  const auto write = [&](const char* name, const std::string& text) { write_text((out / name).string(), text); };
  for (const Quantity& quantity : quantities) {
    results.curves_svg.push_back(picture(quantity, curves));
    write(quantity.file, results.curves_svg.back());
  }
  write("shapes.svg", results.shapes_svg);
  write("cache.svg", results.caches_svg);
  write("shapes.csv", results.shapes.csv());
  write("measured.csv", results.measured.csv());
  write("exponents.csv", results.exponents.csv());
  write("cache.csv", results.caches.csv());
  const std::filesystem::path file = out / "compare_attention.html";
  write_text(file.string(), page(settings, results));
  fmt::print("\nthe page: {}\n", file.string());
  return 0;
}

}  // namespace latent::compare_attention
