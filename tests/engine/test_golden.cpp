// Every function of engine/ops.h against PyTorch: values and gradients, in both float types, at every SIMD level, on
// contiguous and on strided inputs.
#include <fstream>
#include <regex>
#include <set>

#include "tests/golden/golden.h"

using namespace latent;

namespace {

using Table = std::map<std::string, Function>;
using In = const Tensors&;

Tensor reversed(Tensors pieces, Index axis) {
  std::reverse(pieces.begin(), pieces.end());
  return concat(pieces, axis);
}

// clang-format off
Table elementwise() {
  return {
      {"exp", [](In x) { return exp(x[0]); }},
      {"log", [](In x) { return log(x[0]); }},
      {"log1p", [](In x) { return log1p(x[0]); }},
      {"sqrt", [](In x) { return sqrt(x[0]); }},
      {"rsqrt", [](In x) { return rsqrt(x[0]); }},
      {"abs", [](In x) { return abs(x[0]); }},
      {"sin", [](In x) { return sin(x[0]); }},
      {"cos", [](In x) { return cos(x[0]); }},
      {"tanh", [](In x) { return tanh(x[0]); }},
      {"erf", [](In x) { return erf(x[0]); }},
      {"sigmoid", [](In x) { return sigmoid(x[0]); }},
      {"relu", [](In x) { return relu(x[0]); }},
      {"gelu", [](In x) { return gelu(x[0]); }},
      {"gelu_tanh", [](In x) { return gelu_tanh(x[0]); }},
      {"silu", [](In x) { return silu(x[0]); }},
      {"softplus", [](In x) { return softplus(x[0]); }},
      {"sign", [](In x) { return sign(x[0]); }},
      {"pow.0", [](In x) { return pow(x[0], 0); }},
      {"pow.1", [](In x) { return pow(x[0], 1); }},
      {"pow.2", [](In x) { return pow(x[0], 2); }},
      {"pow.3", [](In x) { return pow(x[0], 3); }},
      {"pow.0.5", [](In x) { return pow(x[0], 0.5); }},
      {"pow.-1.5", [](In x) { return pow(x[0], -1.5); }},
      {"pow.tensor", [](In x) { return pow(x[0], x[1]); }},
      {"clamp", [](In x) { return clamp(x[0], -0.5, 0.75); }},
      {"clamp.bounds", [](In x) { return clamp(x[0], -1, 1); }},
      {"cast.i64", [](In x) { return cast(x[0], DType::i64); }},
      {"cast.same", [](In x) { return cast(cast(x[0], DType::f64), x[0].dtype()); }},
      {"operator+", [](In x) { return x[0] + x[1]; }},
      {"operator-", [](In x) { return x[0] - x[1]; }},
      {"operator*", [](In x) { return x[0] * x[1]; }},
      {"operator/", [](In x) { return x[0] / x[1]; }},
      {"operator-.negate", [](In x) { return -x[0]; }},
      {"operator+.number", [](In x) { return x[0] + 1.75; }},
      {"operator-.number", [](In x) { return x[0] - 1.75; }},
      {"operator*.number", [](In x) { return x[0] * 1.75; }},
      {"operator/.number", [](In x) { return x[0] / 1.75; }},
      {"operator+.number_first", [](In x) { return 1.75 + x[0]; }},
      {"operator-.number_first", [](In x) { return 1.75 - x[0]; }},
      {"operator*.number_first", [](In x) { return 1.75 * x[0]; }},
      {"operator/.number_first", [](In x) { return 1.75 / x[0]; }},
      {"maximum", [](In x) { return maximum(x[0], x[1]); }},
      {"minimum", [](In x) { return minimum(x[0], x[1]); }},
      {"equal", [](In x) { return equal(x[0], x[1]); }},
      {"not_equal", [](In x) { return not_equal(x[0], x[1]); }},
      {"less", [](In x) { return less(x[0], x[1]); }},
      {"less_equal", [](In x) { return less_equal(x[0], x[1]); }},
      {"greater", [](In x) { return greater(x[0], x[1]); }},
      {"greater_equal", [](In x) { return greater_equal(x[0], x[1]); }},
      {"where", [](In x) { return where(x[2], x[0], x[1]); }},
  };
}
// clang-format on

using Reduction = Tensor (*)(const Tensor&, const Axes&, bool);

Table reductions() {
  // clang-format off
  Table table = {
      {"sum.all", [](In x) { return sum(x[0]); }},
      {"mean.all", [](In x) { return mean(x[0]); }},
      {"var.all", [](In x) { return var(x[0]); }},
      {"max.all", [](In x) { return max(x[0]); }},
      {"min.all", [](In x) { return min(x[0]); }},
      {"logsumexp.all", [](In x) { return logsumexp(x[0], {0, 1, 2}); }},
      {"max.ties_all", [](In x) { return max(x[0]); }},
      {"min.ties_all", [](In x) { return min(x[0]); }},
      {"max.ties", [](In x) { return max(x[0], -1); }},
      {"min.ties", [](In x) { return min(x[0], -1); }},
      {"var.population", [](In x) { return var(x[0], 1, false, 0); }},
      {"sum.empty", [](In x) { return sum(x[0], 1); }},
      {"logsumexp.large", [](In x) { return logsumexp(x[0], 1); }},
      {"argmax", [](In x) { return argmax(x[0]); }},
      {"argmax.ties", [](In x) { return argmax(x[0], 0); }},
      {"argmax.keepdim", [](In x) { return argmax(x[0], 1, true); }},
      {"cumsum", [](In x) { return cumsum(x[0]); }},
      {"cumsum.first", [](In x) { return cumsum(x[0], 0); }},
      {"sum_to", [](In x) { return sum_to(x[0], {3, 1}); }},
      {"sum_to.scalar", [](In x) { return sum_to(x[0], {}); }},
  };
  // clang-format on
  const std::pair<const char*, Reduction> functions[] = {
      {"sum", sum},
      {"mean", mean},
      {"max", max},
      {"min", min},
      {"logsumexp", logsumexp},
      {"var", [](const Tensor& x, const Axes& axes, bool keepdim) { return var(x, axes, keepdim); }}};
  for (const auto& [name, function] : functions) {
    const auto add = [&, name = name, f = function](const char* variant, Axes axes, bool keepdim = false) {
      table[fmt::format("{}.{}", name, variant)] = [=](In x) { return f(x[0], axes, keepdim); };
    };
    add("last", -1);
    add("first", 0);
    add("middle", 1);
    add("two", {0, 2});
    add("keepdim", {0, 2}, true);
  }
  return table;
}

// clang-format off
Table products_and_views() {
  return {
      {"matmul", [](In x) { return matmul(x[0], x[1]); }},
      {"linear", [](In x) { return linear(x[0], x[1], x[2]); }},
      {"linear.no_bias", [](In x) { return linear(x[0], x[1]); }},
      {"einsum.product", [](In x) { return einsum("bij,kbj->ikb", x[0], x[1]); }},
      {"einsum.dots", [](In x) { return einsum("...i,...ji", x[0], x[1]); }},
      {"einsum.outer", [](In x) { return einsum("i,j", x[0], x[1]); }},
      {"einsum.diagonal", [](In x) { return einsum("...ii->...i", x[0]); }},
      {"einsum.trace", [](In x) { return einsum("ii", x[0]); }},
      {"reshape", [](In x) { return reshape(x[0], {4, -1}); }},
      {"reshape.of_transposed", [](In x) { return reshape(transpose(x[0], 0, 2), {-1, 2}); }},
      {"permute", [](In x) { return permute(x[0], {2, 0, 1}); }},
      {"transpose", [](In x) { return transpose(x[0]); }},
      {"transpose.axes", [](In x) { return transpose(x[0], 0, 2); }},
      {"slice", [](In x) { return slice(x[0], 1, 1, 4); }},
      {"slice.negative", [](In x) { return slice(x[0], 0, -3, -1); }},
      {"slice.step", [](In x) { return slice(x[0], 1, 1, 9, 3); }},
      {"select", [](In x) { return select(x[0], 1, -2); }},
      {"split", [](In x) { return reversed(split(x[0], 2, 1), 1); }},
      {"chunk", [](In x) { return reversed(chunk(x[0], 3), -1); }},
      {"broadcast_to", [](In x) { return broadcast_to(x[0], {2, 3, 4}); }},
      {"squeeze", [](In x) { return squeeze(x[0], 1); }},
      {"unsqueeze", [](In x) { return unsqueeze(x[0], -1); }},
      {"contiguous", [](In x) { return contiguous(transpose(x[0])); }},
      {"concat", [](In x) { return concat(x); }},
      {"concat.first", [](In x) { return concat(x, 0); }},
      {"stack", [](In x) { return stack(x); }},
      {"stack.last", [](In x) { return stack(x, -1); }},
      {"index_select", [](In x) { return index_select(x[0], 0, x[1]); }},
      {"index_select.middle", [](In x) { return index_select(x[0], 1, x[1]); }},
      {"index_add", [](In x) { return index_add({5, 3}, 0, x[1], x[0]); }},
      {"gather", [](In x) { return gather(x[0], 0, x[1]); }},
      {"gather.last", [](In x) { return gather(x[0], -1, x[1]); }},
      {"scatter_add", [](In x) { return scatter_add({4, 3}, 1, x[1], x[0]); }},
      {"topk.values", [](In x) { return topk(x[0], 3).values; }},
      {"topk.indices", [](In x) { return topk(x[0], 3).indices; }},
      {"topk.smallest", [](In x) { return topk(x[0], 2, 0, false).values; }},
      {"topk.stable_sort", [](In x) { return topk(x[0], x[0].size(1), 1, false).indices; }},
      {"flip", [](In x) { return flip(x[0], {0, -1}); }},
      {"pad", [](In x) { return pad(x[0], {{1, 2}, {0, 3}}, -1.5); }},
      {"pad.cut", [](In x) { return pad(x[0], {{-1, 2}, {3, -2}}); }},
      {"tile", [](In x) { return tile(x[0], {2, 3}); }},
      {"tile.fewer", [](In x) { return tile(x[0], {3}); }},
      {"tile.more", [](In x) { return tile(x[0], {2, 1, 3}); }},
      {"tril", [](In x) { return tril(x[0]); }},
      {"tril.above", [](In x) { return tril(x[0], 2); }},
      {"tril.below", [](In x) { return tril(x[0], -1); }},
      {"triu", [](In x) { return triu(x[0]); }},
      {"triu.above", [](In x) { return triu(x[0], 2); }},
      {"triu.below", [](In x) { return triu(x[0], -1); }},
      {"one_hot", [](In x) { return one_hot(x[0], 5, DType::f64); }},
  };
}

Table fused() {
  return {
      {"softmax", [](In x) { return softmax(x[0]); }},
      {"softmax.0", [](In x) { return softmax(x[0], 0); }},
      {"softmax.1", [](In x) { return softmax(x[0], 1); }},
      {"log_softmax", [](In x) { return log_softmax(x[0]); }},
      {"log_softmax.0", [](In x) { return log_softmax(x[0], 0); }},
      {"log_softmax.1", [](In x) { return log_softmax(x[0], 1); }},
      {"cross_entropy", [](In x) { return cross_entropy(x[0], x[1]); }},
      {"cross_entropy.smooth", [](In x) { return cross_entropy(x[0], x[1], 0.1); }},
      {"cross_entropy.smooth_sequence", [](In x) { return cross_entropy(x[0], x[1], 0.1); }},
      {"cross_entropy.ignore", [](In x) { return cross_entropy(x[0], x[1], {.ignore_index = 1}); }},
      {"cross_entropy.ignore_smooth", [](In x) { return cross_entropy(x[0], x[1], {0.1, 1}); }},
      {"cross_entropy.weight", [](In x) { return cross_entropy(x[0], x[1], {.weight = x[2]}); }},
      {"cross_entropy.weight_smooth", [](In x) { return cross_entropy(x[0], x[1], {0.1, {}, x[2]}); }},
      {"cross_entropy.weight_ignore_smooth", [](In x) { return cross_entropy(x[0], x[1], {0.1, 1, x[2]}); }},
      {"layer_norm", [](In x) { return layer_norm(x[0], x[1], x[2]); }},
      {"layer_norm.no_bias", [](In x) { return layer_norm(x[0], x[1]); }},
      {"layer_norm.plain", [](In x) { return layer_norm(x[0]); }},
      {"layer_norm.eps", [](In x) { return layer_norm(x[0], x[1], x[2], 0.1); }},
      {"rms_norm", [](In x) { return rms_norm(x[0], x[1]); }},
      {"rms_norm.plain", [](In x) { return rms_norm(x[0]); }},
      {"rms_norm.eps", [](In x) { return rms_norm(x[0], x[1], 0.1); }},
      {"attention", [](In x) { return attention(x[0], x[1], x[2]); }},
      {"attention.scale", [](In x) { return attention(x[0], x[1], x[2], {.scale = 0.3}); }},
      {"attention.causal_square", [](In x) { return attention(x[0], x[1], x[2], {.causal = true}); }},
      {"attention.causal_cached", [](In x) { return attention(x[0], x[1], x[2], {.causal = true}); }},
      {"attention.causal_many", [](In x) { return attention(x[0], x[1], x[2], {.causal = true}); }},
      {"attention.causal_unseen", [](In x) { return attention(x[0], x[1], x[2], {.causal = true}); }},
      {"attention.mask_full", [](In x) { return attention(x[0], x[1], x[2], {.mask = x[3]}); }},
      {"attention.mask_shared", [](In x) { return attention(x[0], x[1], x[2], {.mask = x[3]}); }},
      {"attention.mask_keys", [](In x) { return attention(x[0], x[1], x[2], {.mask = x[3]}); }},
      {"attention.mask_causal", [](In x) { return attention(x[0], x[1], x[2], {.causal = true, .mask = x[3]}); }},
      {"rotate_pairs.interleaved", [](In x) { return rotate_pairs(x[0], x[1], x[2]); }},
      {"rotate_pairs.halves", [](In x) { return rotate_pairs(x[0], x[1], x[2], false); }},
      {"dropout", [](In x) { Generator unused(0); return dropout(x[0], 0, unused); }},
  };
}
// clang-format on

Table all() {
  Table table = elementwise();
  for (Table more : {reductions(), products_and_views(), fused()}) table.merge(more);
  return table;
}

// The same values in column-major order and with something useless after each.
Tensor scattered(const Tensor& x) {
  Shape axes = x.shape();
  for (Index i = 0; i < x.rank(); ++i) axes[i] = x.rank() - 1 - i;
  const Tensor columns = permute(x, axes);
  const Tensor useless = full(columns.shape(), x.dtype() == DType::i64 ? -999 : NAN, x.dtype());
  return permute(select(stack({columns, useless}, -1), -1, 0), axes);
}

Tensors scattered(Tensors inputs) {
  for (Tensor& input : inputs) input = scattered(input);
  return inputs;
}

// The names declared in engine/ops.h, but for the elementwise ones: a new formula is tested by the table that it is in.
std::set<std::string> declared() {
  std::ifstream file(test::source_folder() / "engine/ops.h");
  const std::regex declaration(R"(^(?:Tensors?|TopK) (\w+)\()");
  std::set<std::string> names;
  std::smatch match;
  std::string line;
  while (std::getline(file, line) && !line.starts_with("// --- reductions")) continue;
  while (std::getline(file, line)) {
    if (std::regex_search(line, match, declaration)) names.insert(match[1]);
  }
  return names;
}

}  // namespace

TEST_CASE("golden: every op has a case, and every case a function") {
  const golden::Cases cases = golden::load_cases("ops");
  golden::check_complete(cases, all());
  std::set<std::string> covered;
  for (const auto& [name, golden] : cases) covered.insert(name.substr(0, name.find('.')));
  const std::set<std::string> names = declared();
  CHECK(names.size() > 30);
  for (const std::string& name : names) {
    INFO(name << " of engine/ops.h has no case in tests/golden/ops.py");
    CHECK(covered.contains(name));
  }
}

TEST_CASE("golden: every op agrees with PyTorch, value and gradients") {
  const std::string before = level();
  const Table table = all();
  for (const auto& [name, golden] : golden::load_cases("ops")) {
    const auto function = golden::find(table, name);
    if (function == table.end()) continue;
    for (const std::string& level : levels()) {
      set_level(level);
      for (const DType dtype : {DType::f64, DType::f32}) {
        INFO(name << " in " << to_string(dtype) << " at " << level);
        const Tensors inputs = golden::as(golden.inputs, dtype);
        golden::check_case(function->second, golden, inputs);
        INFO("strided");
        golden::check_case(function->second, golden, scattered(inputs));
      }
    }
  }
  set_level(before);
}
