#include "examples/compare_attention/measure.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "engine/memory.h"
#include "engine/ops/composed.h"
#include "engine/profile.h"
#include "examples/app/program.h"
#include "examples/app/timing.h"
#include "examples/compare_attention/shapes.h"
#include "train/stop.h"

namespace latent::compare_attention {
namespace {

using examples::median;
using examples::seconds;
using nn::AttentionForm;

// Attends to an input of T tokens: (1, T, C) -> (1, T or N, C)
struct Form {
  std::string name;
  bool asks_itself;  // self-attention, whose input needs a gradient; the Perceiver's input is data and needs none
  std::function<Tensor(const Tensor& input)> attend;
};

Tensor composed(const nn::MultiHeadAttention& layer, const Tensor& x) {
  const auto heads = [&](const nn::Linear& map) { return nn::split_heads(map(x), layer.sizes.heads); };
  return layer.output(
      nn::merge_heads(composed::attention(heads(layer.query), heads(layer.key), heads(layer.value), {})));
}

Tensor composed(const nn::LatentAttention& layer, const Tensor& latents, const Tensor& input) {
  const nn::LatentAttention::KeysValues source = layer.keys_values(layer_norm(input));
  const Tensor q = nn::split_heads(layer.query(layer.latent_norm(latents)), layer.sizes.heads);
  return layer.output(nn::merge_heads(composed::attention(q, source.keys, source.values, {})));
}

std::vector<Form> forms(const Settings& settings, nn::Init& init) {
  const nn::MultiHeadAttention heads = multi_head(settings, settings.heads, init);
  const nn::LatentAttention plain = latent_attention(settings, AttentionForm::plain, init);
  const nn::LatentAttention absorbed = latent_attention(settings, AttentionForm::absorbed, init);
  Tensor latents = init.trunc_normal({1, settings.latents, settings.channels}, 1);
  latents.require_grad();
  return {{"multi-head, composed", true, [=](const Tensor& x) { return composed(heads, x); }},
          {"multi-head, fused", true, [=](const Tensor& x) { return heads(x); }},
          {"latent, composed", false, [=](const Tensor& x) { return composed(plain, latents, x); }},
          {"latent, fused", false, [=](const Tensor& x) { return plain(latents, x); }},
          {"latent, absorbed", false, [=](const Tensor& x) { return absorbed(latents, x); }}};
}

double flops_of(Profile& profile) {
  double all = 0;
  for (const ProfileEvent& event : profile.take()) all += event.flops;
  return all;
}

// The median of the passes in 0.3 s; of at least 3, unless these take more than a second.
double typical_seconds(const std::function<double()>& pass) {
  std::vector<double> found;
  for (double all = 0; found.empty() || (found.size() < 100 && all < (found.size() < 3 ? 1.0 : 0.3));
       all += found.back())
    found.push_back(pass());
  return median(found);
}

Point measure(const Form& form, Index tokens, const Settings& settings) {
  Generator generator(settings.seed);
  Tensor input = randn({1, tokens, settings.channels}, generator);
  if (form.asks_itself) input.require_grad();
  Point point{tokens, {}, {}};
  const auto forward = [&] {
    const NoGrad off;
    const double begin = seconds();
    form.attend(input);
    return seconds() - begin;
  };
  const auto backward = [&] {
    const Tensor loss = sum(form.attend(input));
    const double begin = seconds();
    latent::backward(loss);
    return seconds() - begin;
  };
  // The first pass warms up; its FLOPs and bytes are counted.
  const auto count = [&](Cost& cost, const auto& pass, double flops_before) {
    const std::int64_t before = memory().current;
    reset_peak_memory();
    Profile profile;
    pass();
    cost.flops = flops_of(profile) - flops_before;
    cost.bytes = double(memory().peak - before);
  };
  count(point.forward, forward, 0);
  count(point.backward, backward, point.forward.flops);
  point.forward.seconds = typical_seconds(forward);
  point.backward.seconds = typical_seconds(backward);
  return point;
}

double pass_seconds(const Point& point) { return std::max(point.forward.seconds, point.backward.seconds); }
double most_bytes(const Point& point) { return std::max(point.forward.bytes, point.backward.bytes); }

// The cost at twice the tokens: it grows by the same factor again, at most 4.  No form grows faster than T^2, but times
// on a busy machine may.
double grown(double last, double before) { return last * std::clamp(last / before, 1.0, 4.0); }

// Why the next point would take too much time or memory; empty if it would not.
std::string end_of(const std::vector<Point>& points, const Settings& settings) {
  if (points.size() < 2) return "";
  const Point &last = points.back(), &before = points[points.size() - 2];
  const double time = grown(pass_seconds(last), pass_seconds(before));
  const double bytes = grown(most_bytes(last), most_bytes(before));
  if (bytes > settings.gigabytes * 1e9)
    return fmt::format("{} tokens would need about {:.1f} GB", 2 * last.tokens, bytes / 1e9);
  if (time > settings.seconds) return fmt::format("{} tokens would take about {:.0f} s", 2 * last.tokens, time);
  return "";
}

}  // namespace

std::vector<Curve> measure(const Settings& settings) {
  nn::Init init{.generator = Generator(settings.seed)};
  std::vector<Curve> curves;
  for (const Form& form : forms(settings, init)) {
    Curve curve{form.name, {}, {}};
    for (Index tokens = 64; tokens <= settings.most_tokens && curve.end.empty(); tokens *= 2) {
      if (train::stop_requested()) return curves;
      curve.points.push_back(measure(form, tokens, settings));
      if (2 * tokens <= settings.most_tokens) curve.end = end_of(curve.points, settings);
    }
    curves.push_back(curve);
  }
  return curves;
}

double exponent(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t first = x.size() > 4 ? x.size() - 4 : 0;
  const auto n = double(x.size() - first);
  double mean_x = 0, mean_y = 0, products = 0, squares = 0;
  for (std::size_t i = first; i < x.size(); ++i) {
    mean_x += std::log(x[i]) / n;
    mean_y += std::log(y[i]) / n;
  }
  for (std::size_t i = first; i < x.size(); ++i) {
    products += (std::log(x[i]) - mean_x) * (std::log(y[i]) - mean_y);
    squares += (std::log(x[i]) - mean_x) * (std::log(x[i]) - mean_x);
  }
  return products / squares;
}

template <class Layer> static Decoding decoding(const std::string& name, const Layer& layer, const Settings& settings) {
  constexpr Index more = 8;  // tokens that are timed
  Decoding result{name, 4 * layer.cache(1, 1).elements_per_token(), {}};
  Generator generator(settings.seed);
  for (Index tokens = 64; tokens <= std::min<Index>(settings.most_tokens, 16384); tokens *= 4) {
    if (train::stop_requested()) break;
    const Tensor text = randn({1, tokens, settings.channels}, generator);
    nn::KVCache cache = layer.cache(1, tokens);
    layer(slice(text, 1, 0, tokens - more), cache);
    std::vector<double> times;
    for (Index i = tokens - more; i < tokens; ++i) {
      const double begin = seconds();
      layer(slice(text, 1, i, i + 1), cache);
      times.push_back(seconds() - begin);
    }
    result.steps.push_back({tokens, median(times)});
  }
  return result;
}

std::vector<Decoding> measure_decoding(const Settings& settings) {
  const NoGrad off;
  nn::Init init{.generator = Generator(settings.seed)};
  const auto shared = [&](const char* name, Index kv_heads) {
    return decoding(name, multi_head(settings, kv_heads, init), settings);
  };
  const auto coded = [&](const char* name, AttentionForm form) {
    return decoding(name, multi_head_latent(settings, form, init), settings);
  };
  return {shared("multi-head (MHA)", settings.heads), shared("grouped-query (GQA)", settings.kv_heads),
          shared("multi-query (MQA)", 1), coded("MLA, plain", AttentionForm::plain),
          coded("MLA, absorbed", AttentionForm::absorbed)};
}

}  // namespace latent::compare_attention
