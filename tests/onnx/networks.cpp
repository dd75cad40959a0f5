// Operators of networks: products, norms, losses, steps of optimisers.
#include <cmath>

#include "engine/update.h"
#include "tests/onnx/tables.h"

namespace latent::onnx {
namespace {

using In = const Call&;
constexpr auto call = Operator::call, composition = Operator::composition;

// (C) -> (C, 1, ...), for x of shape (N, C, ...)
Tensor by_channel(const Tensor& weights, const Tensor& x) {
  Shape shape = Shape::filled(x.rank() - 1, 1);
  shape[0] = weights.size();
  return reshape(weights, shape);
}

Results general_product(In c) {
  const auto transposed = [&](std::size_t i, const char* name) { return c.integer(name, 0) ? transpose(c[i]) : c[i]; };
  const Tensor y = matmul(transposed(0, "transA"), transposed(1, "transB")) * c.real("alpha", 1);
  return c.has(2) ? y + c[2] * c.real("beta", 1) : y;
}

Results layer_normalization(In c) {
  const Tensor x = c[0];
  const Index given = c.integer("axis", -1), axis = given < 0 ? given + x.rank() : given;
  const Axes axes = axes_from(axis, x.rank());
  const Index width = elements(x.shape().last(x.rank() - axis));
  const double eps = c.real("epsilon", 1e-5);
  const auto flat = [&](std::size_t i) { return c.has(i) ? reshape(c[i], {width}) : Tensor(); };
  return Tensors{reshape(layer_norm(reshape(x, {-1, width}), flat(1), flat(2), eps), x.shape()), mean(x, axes, true),
                 rsqrt(var(x, axes, true, 0) + eps)};
}

Results batch_normalization(In c) {
  const Tensor x = c[0];
  Shape axes = axes_from(1, x.rank());
  axes[0] = 0;
  const auto weights = [&](std::size_t i) { return by_channel(c[i], x); };
  const bool is_training = c.integer("training_mode", 0) != 0;
  const Tensor centre = is_training ? mean(x, axes, true) : weights(3),
               variance = is_training ? var(x, axes, true, 0) : weights(4);
  const Tensor y = (x - centre) * rsqrt(variance + c.real("epsilon", 1e-5)) * weights(1) + weights(2);
  const double momentum = c.real("momentum", 0.9);
  const auto running = [&](const Tensor& before, const Tensor& now) {
    return before * momentum + reshape(now, before.shape()) * (1 - momentum);
  };
  return is_training ? Tensors{y, running(c[3], centre), running(c[4], variance)} : Tensors{y};
}

Results instance_normalization(In c) {
  const Tensor x = c[0], rows = reshape(x, {x.size(0), x.size(1), -1});
  const Tensor y = reshape(layer_norm(rows, {}, {}, c.real("epsilon", 1e-5)), x.shape());
  return y * by_channel(c[1], x) + by_channel(c[2], x);
}

Results mean_variance_normalization(In c) {
  const Shape axes = c.has("axes") ? Shape(c.attribute("axes").integers) : Shape{0, 2, 3};
  const Tensor centred = c[0] - mean(c[0], axes, true);
  return centred / (sqrt(mean(centred * centred, axes, true)) + 1e-9);
}

// By the squares of the channels around.
Results local_response_normalization(In c) {
  const Tensor x = c[0];
  const Index size = c.integer("size", 1), before = (size - 1) / 2, channels = x.size(1);
  std::vector<Padding> amounts(std::size_t(x.rank()), Padding{0, 0});
  amounts[1] = {before, size - 1 - before};
  const Tensor squares = pad(x * x, amounts);
  Tensor total = slice(squares, 1, 0, channels);
  for (Index i = 1; i < size; ++i) total = total + slice(squares, 1, i, i + channels);
  return x * pow(c.real("bias", 1) + total * (c.real("alpha", 1e-4) / double(size)), -c.real("beta", 0.75));
}

Axes spatial_axes(const Tensor& x) { return axes_from(2, x.rank()); }

Results dropped_out(In c) {
  if (c.number(2, 0) != 0 && c.number(1, 0.5) != 0) throw NotExpressible("random numbers of another generator");
  return Tensors{c[0], ones(c[0].shape())};
}

// (N, C, ...) -> (N, ..., C)
Tensor channels_last(const Tensor& x) {
  Shape axes = axes_from(1, x.rank());
  axes.insert(0, 0);
  axes.erase(1);
  axes.push_back(1);
  return permute(x, axes);
}

CrossEntropyOptions loss_options(In c) {
  CrossEntropyOptions options;
  if (c.has("ignore_index")) options.ignore_index = c.integer("ignore_index", 0);
  if (c.has(2)) options.weight = c[2];
  return options;
}

// -log p of each label times the weight of its class, and 0 where it is ignored.
Tensor negative_log_likelihood(In c, const Tensor& log_p) {
  const CrossEntropyOptions options = loss_options(c);
  const Tensor& labels = c.as_is(1);
  const Tensor counts = options.ignore_index
                            ? not_equal(cast(labels, log_p.dtype()), number(double(*options.ignore_index), log_p))
                            : ones(labels.shape(), log_p.dtype());
  const Tensor safe = cast(cast(labels, log_p.dtype()) * counts, DType::i64);
  const Tensor chosen = squeeze(gather(channels_last(log_p), -1, unsqueeze(safe, -1)), -1);
  const Tensor weights =
      options.weight.defined()
          ? counts * reshape(index_select(options.weight, 0, reshape(safe, {safe.size()})), safe.shape())
          : counts;
  const std::string reduction = c.text("reduction", "mean");
  if (reduction == "none") return -chosen * weights;
  return reduction == "sum" ? -sum(chosen * weights) : -sum(chosen * weights) / sum(weights);
}

Results softmax_cross_entropy(In c) {
  const Tensor log_p = log_softmax(c[0], 1);
  const bool is_mean = c.text("reduction", "mean") == "mean";
  return Tensors{
      is_mean ? cross_entropy(channels_last(c[0]), c.as_is(1), loss_options(c)) : negative_log_likelihood(c, log_p),
      log_p};
}

Tensor copied(const Tensor& x) { return contiguous(x) * 1; }

// The inputs after the rate and the number of steps are lists of equal length: parameters, gradients, and what is kept
// of each; the outputs are the same without the gradients.
Operator optimizer(const char* name, std::size_t lists,
                   Tensors (*step)(In c, double rate, double t, const Tensors& of)) {
  return {name, call, [=](In c) {
            const std::size_t count = (c.inputs.size() - 2) / lists;
            Tensors all((lists - 1) * count);
            for (std::size_t i = 0; i < count; ++i) {
              Tensors of;
              for (std::size_t list = 0; list < lists; ++list) of.push_back(copied(c[2 + list * count + i]));
              of = step(c, c.number(0, 0), c.number(1, 0), of);
              for (std::size_t list = 0; list + 1 < lists; ++list) all[list * count + i] = of[list];
            }
            return all;
          }};
}

Tensor with_decay(In c, const Tensors& of) { return of[1] + of[0] * c.real("norm_coefficient", 0); }

Tensors momentum(In c, double rate, double t, const Tensors& of) {
  if (t == 0 || c.real("beta", 1) == 1) {
    sgd_update({rate, c.real("norm_coefficient", 0), c.real("alpha", 0), c.text("mode", "") == "nesterov"}, of[1],
               of[0], of[2]);
    return {of[0], of[2]};
  }
  throw NotExpressible("momentum with dampened gradients");
}

Tensors adam(In c, double rate, double t, const Tensors& of) {
  const double beta1 = c.real("alpha", 0.9), beta2 = c.real("beta", 0.999);
  const double corrected = t > 0 ? rate * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t)) : rate;
  adam_update({beta1, beta2, c.real("epsilon", 0), 1, 1, 1, -corrected}, with_decay(c, of), of[2], of[3], of[0], of[0]);
  return {of[0], of[2], of[3]};
}

Tensors adagrad(In c, double rate, double t, const Tensors& of) {
  const Tensor g = with_decay(c, of), squares = of[2] + g * g;
  const double decayed = rate / (1 + t * c.real("decay_factor", 0));
  return {of[0] - decayed * g / (sqrt(squares) + c.real("epsilon", 0)), squares};
}

}  // namespace

// clang-format off
std::vector<Operator> network_table() {
  return {
      {"MatMul", call, [](In c) { return matmul(c[0], c[1]); }},
      {"Gemm", composition, general_product},
      {"Einsum", call, [](In c) { return einsum(c.text("equation", ""), c[0], c.has(1) ? c[1] : Tensor()); }},
      {"LayerNormalization", call, layer_normalization},
      {"BatchNormalization", composition, batch_normalization},
      {"InstanceNormalization", composition, instance_normalization},
      {"MeanVarianceNormalization", composition, mean_variance_normalization},
      {"LRN", composition, local_response_normalization},
      {"GlobalAveragePool", call, [](In c) { return mean(c[0], spatial_axes(c[0]), true); }},
      {"GlobalMaxPool", call, [](In c) { return max(c[0], spatial_axes(c[0]), true); }},
      {"Dropout", call, dropped_out},
      {"NegativeLogLikelihoodLoss", composition, [](In c) { return negative_log_likelihood(c, c[0]); }},
      {"SoftmaxCrossEntropyLoss", composition, softmax_cross_entropy},
      optimizer("Momentum", 3, momentum), optimizer("Adam", 4, adam),
      {"Adagrad", composition, optimizer("Adagrad", 3, adagrad).run},
  };
}
// clang-format on

}  // namespace latent::onnx
