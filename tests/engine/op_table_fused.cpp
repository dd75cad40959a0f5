// Fused functions, in every form their arguments take.
#include "tests/engine/naive.h"

namespace latent::test {
namespace {

OpRow along_axis(std::string name, Tensor (*op)(const Tensor&, Index), naive::Line (*f)(naive::Line), Index axis) {
  return {.name = name,
          .form = axis < 0 ? "last axis" : "axis " + std::to_string(axis),
          .op = [=](In x) { return op(x[0], axis); },
          .naive = [=](In x) { return naive::along(x[0], axis < 0 ? x[0].rank() - 1 : axis, f); },
          .operands = {{{2, 3, 4}}}};
}

Tensor labels_for(const Tensor& logits) {
  return some_indices(logits.shape().first(logits.rank() - 1), logits.size(-1));
}

OpRow with_labels(std::string form, Shape shape, double smoothing) {
  OpRow row{.name = "cross_entropy",
            .form = form,
            .op = [=](In x) { return cross_entropy(x[0], labels_for(x[0]), smoothing); },
            .naive = [=](In x) { return naive::cross_entropy(x[0], labels_for(x[0]), {.label_smoothing = smoothing}); },
            .operands = {{shape}}};
  row.never_zero = {shape.back()};
  return row;
}

// Every label of class 1 is ignored.  A second operand are the classes' weights.
OpRow with_options(std::string form, std::vector<Operand> operands, double smoothing) {
  const auto options = [=](In x) { return CrossEntropyOptions{smoothing, 1, x.size() > 1 ? x[1] : Tensor()}; };
  OpRow row{.name = "cross_entropy",
            .form = form,
            .op = [=](In x) { return cross_entropy(x[0], labels_for(x[0]), options(x)); },
            .naive = [=](In x) { return naive::cross_entropy(x[0], labels_for(x[0]), options(x)); },
            .operands = operands};
  row.never_zero = {operands[0].shape.back()};
  if (operands.size() > 1) row.fixed = {2, 3};  // without labels the loss is NaN, and so is its slope
  return row;
}

Tensor scaled(const Tensor& x, In in, size_t weight, size_t bias) {
  return naive::build(x.shape(), [&](const Shape& at) {
    const double w = in.size() > weight ? in[weight].at({at.back()}) : 1;
    return x.at(at) * w + (in.size() > bias ? in[bias].at({at.back()}) : 0);
  });
}

Function layer_norm_naive(double eps) {
  return [eps](In x) { return scaled(naive::normalize(x[0], true, eps), x, 1, 2); };
}
Function rms_norm_naive(double eps) {
  return [eps](In x) { return scaled(naive::normalize(x[0], false, eps), x, 1, 2); };
}

using MakeOptions = AttentionOptions (*)(In x);

OpRow attend(std::string form, MakeOptions options, Shape q, Shape k, Shape v) {
  OpRow row{.name = "attention",
            .form = form,
            .op = [=](In x) { return attention(x[0], x[1], x[2], options(x)); },
            .naive = [=](In x) { return naive::attention(x[0], x[1], x[2], options(x)); },
            .operands = {{q}, {k}, {v}}};
  if (k[1] > 1) row.never_zero = {k[1]};
  return row;
}

Shape score_shape(In x) { return {x[0].size(0), x[0].size(1), x[0].size(2), x[1].size(2)}; }

AttentionOptions plain(In) { return {}; }
AttentionOptions causal(In) {
  AttentionOptions options;
  options.causal = true;
  return options;
}
AttentionOptions scale(In) {
  AttentionOptions options;
  options.scale = 0.3;
  return options;
}
AttentionOptions masked(In x) {
  AttentionOptions options;
  options.mask =
      transpose(some_mask(transpose(zeros(score_shape(x))).shape(), x[0].dtype()));  // key 1 of head 0 is never seen
  return options;
}
AttentionOptions masked_rows(In x) {
  AttentionOptions options;
  options.mask = some_mask({x[0].size(2), x[1].size(2)}, x[0].dtype());  // query 1 sees nothing
  options.causal = true;
  return options;
}

AttentionOptions biased(In x) {
  const Tensor seen = some_mask(score_shape(x), x[0].dtype());
  return {.bias = log(seen) + 0.25 * arange(0, double(x[1].size(2)), 1, x[0].dtype())};  // log 0 hides
}
AttentionOptions learned_bias(In x) { return {.causal = true, .bias = x[3]}; }

std::vector<OpRow> attention_rows() {
  OpRow groups = attend("two groups of heads", plain, {1, 4, 3, 2}, {1, 2, 5, 2}, {1, 2, 5, 3});
  groups.fixed = {4, 2};
  groups.never_zero = {};
  OpRow learned = attend("bias with a gradient", learned_bias, {1, 2, 3, 4}, {1, 2, 6, 4}, {1, 2, 6, 5});
  learned.operands.push_back({{2, 3, 6}});
  return {
      attend("", plain, {2, 1, 3, 4}, {2, 1, 5, 4}, {2, 1, 5, 6}),
      attend("scale", scale, {1, 2, 3, 4}, {1, 2, 5, 4}, {1, 2, 5, 6}),
      attend("causal, as many keys", causal, {1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 5}),
      attend("causal, more keys", causal, {1, 2, 3, 4}, {1, 2, 6, 4}, {1, 2, 6, 5}),
      attend("causal, fewer keys", causal, {1, 2, 6, 4}, {1, 2, 3, 4}, {1, 2, 3, 5}),
      attend("mask", masked, {1, 2, 3, 4}, {1, 2, 6, 4}, {1, 2, 6, 5}),
      attend("hidden rows, causal", masked_rows, {1, 2, 3, 4}, {1, 2, 6, 4}, {1, 2, 6, 5}),
      attend("bias", biased, {1, 2, 3, 4}, {1, 2, 6, 4}, {1, 2, 6, 5}),
      learned,
      groups,
      attend("one key head", causal, {1, 2, 3, 4}, {1, 1, 5, 4}, {1, 1, 5, 4}),
  };
}

// Two heads of 4 channels, by angles that are given.
OpRow turn(std::string form, bool interleaved) {
  const Index heads = 2, pairs = 2;
  OpRow row{.name = "rotate_pairs",
            .form = form,
            .op = [=](In x) { return rotate_pairs(x[0], x[1], x[2], interleaved); },
            .naive =
                [=](In x) {
                  return naive::build(x[0].shape(), [&](const Shape& at) {
                    const Index t = at[1], head = at[2] / (2 * pairs), channel = at[2] % (2 * pairs);
                    const Index pair = interleaved ? channel / 2 : channel % pairs;
                    const bool second = interleaved ? channel % 2 == 1 : channel >= pairs;
                    const auto value = [&](bool of_second) {
                      const Index c = interleaved ? 2 * pair + of_second : pair + of_second * pairs;
                      return x[0].at({at[0], t, head * 2 * pairs + c});
                    };
                    const double c = x[1].at({t, pair}), s = x[2].at({t, pair});
                    return second ? value(false) * s + value(true) * c : value(false) * c - value(true) * s;
                  });
                },
            .operands = {{{3, 5, heads * 2 * pairs}},
                         {.shape = {5, pairs}, .has_gradient = false},
                         {.shape = {5, pairs}, .has_gradient = false}}};
  row.fixed = {heads * 2 * pairs, pairs};
  return row;
}

}  // namespace

std::vector<OpRow> fused_rows() {
  std::vector<OpRow> rows{
      along_axis("softmax", softmax, naive::softmax, -1),
      along_axis("softmax", softmax, naive::softmax, 0),
      along_axis("log_softmax", log_softmax, naive::log_softmax, -1),
      along_axis("log_softmax", log_softmax, naive::log_softmax, 1),
      with_labels("", {3, 4}, 0),
      with_labels("sequences, smoothing", {2, 3, 4}, 0.1),
      with_options("ignored labels", {{{2, 3, 4}}}, 0),
      with_options("ignored labels, weights, smoothing", {{{2, 3, 4}}, {{4}, Values::positive}}, 0.1),
      {.name = "layer_norm",
       .op = [](In x) { return layer_norm(x[0], x[1], x[2]); },
       .naive = layer_norm_naive(1e-5),
       .operands = {{{2, 3, 4}}, {{4}}, {{4}}}},
      {.name = "layer_norm",
       .form = "no bias",
       .op = [](In x) { return layer_norm(x[0], x[1]); },
       .naive = layer_norm_naive(1e-5),
       .operands = {{{3, 4}}, {{4}}}},
      {.name = "layer_norm",
       .form = "plain",
       .op = [](In x) { return layer_norm(x[0], {}, {}, 0.1); },
       .naive = layer_norm_naive(0.1),
       .operands = {{{3, 4}}}},
      {.name = "rms_norm",
       .op = [](In x) { return rms_norm(x[0], x[1]); },
       .naive = rms_norm_naive(1e-6),
       .operands = {{{2, 3, 4}}, {{4}}}},
      {.name = "rms_norm",
       .form = "plain",
       .op = [](In x) { return rms_norm(x[0], {}, 0.1); },
       .naive = rms_norm_naive(0.1),
       .operands = {{{3, 4}}}},
      turn("interleaved", true),
      turn("halves", false),
      {.name = "dropout",
       .op =
           [](In x) {
             Generator generator(5, 9);
             return dropout(x[0], 0.4, generator, 2);
           },
       .naive =
           [](In x) {
             const Shape sample = x[0].shape().last(2);
             return naive::build(x[0].shape(), [&](const Shape& at) {
               const auto place = std::uint64_t(at[1] * sample[1] + at[2]);
               const Generator own = Generator(5).fold_in(std::uint64_t(2 + at[0]));
               const double u = Generator::uniform_at(own.seed(), 9 + place, x[0].dtype());
               return u >= 0.4 ? x[0].at(at) / 0.6 : 0;
             });
           },
       .operands = {{{2, 3, 4}}}},
  };
  for (OpRow& row : attention_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace latent::test
