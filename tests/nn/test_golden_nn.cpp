// Every layer, optimiser and schedule against PyTorch.
#include "nn/nn.h"
#include "tests/golden/golden.h"

using namespace latent;
using namespace latent::nn;

namespace {

using In = const Tensors&;

struct Layer {
  Module module;
  Function f;
};

// A layer of one argument, and one of two.
template <class M> Layer one(const M& module) {
  return {module, [module](In x) { return module(x[0]); }};
}
template <class M> Layer two(const M& module) {
  return {module, [module](In x) { return module(x[0], x[1]); }};
}

using Layers = std::map<std::string, std::function<Layer(Init&, AttentionForm)>>;
using Form = AttentionForm;

LatentAttentionSizes sizes(Index heads) { return {3, 6, 5, 4, heads}; }

// Causal attention with 4 heads of 4 channels, which share `groups` of keys and values.
Layer shared_keys(Init& init, Index groups, RotaryLayout layout) {
  const MultiHeadAttention attention(
      {.channels = 8, .width = 16, .heads = 4, .kv_heads = groups, .bias = false, .rotary = Rotary{layout}}, init);
  return {attention, [=](In x) { return attention(x[0], {.causal = true}); }};
}

MlaSizes mla_sizes(Index query_code = 0) { return {8, 2, 4, 3, query_code, 2}; }

Layer mla(Init& init, Form form, Index query_code, bool causal) {
  const MultiHeadLatentAttention attention(mla_sizes(query_code), init);
  return {attention, [=](In x) { return attention(x[0], {.causal = causal}, form); }};
}

// clang-format off
Layers layers() {
  return {
      {"linear", [](Init& init, Form) { return one(Linear(5, 4, init)); }},
      {"layer_norm", [](Init& init, Form) { return one(LayerNorm(7, init)); }},
      {"rms_norm", [](Init& init, Form) { return one(RMSNorm(7, init)); }},
      {"embedding", [](Init& init, Form) { return one(Embedding(5, 3, init)); }},
      {"feed_forward", [](Init& init, Form) { return one(FeedForward(4, 6, init)); }},
      {"self_attention", [](Init& init, Form) { return one(MultiHeadAttention(6, 2, init)); }},
      {"causal_attention",
       [](Init& init, Form) -> Layer {
         const MultiHeadAttention attention(6, 2, init);
         return {attention, [=](In x) { return attention(x[0], {.causal = true}); }};
       }},
      {"cross_attention", [](Init& init, Form) { return two(MultiHeadAttention({6, 5, 8, 2}, init)); }},
      {"grouped_query_attention.interleaved", [](Init& init, Form) { return shared_keys(init, 2, RotaryLayout::interleaved); }},
      {"grouped_query_attention.halves", [](Init& init, Form) { return shared_keys(init, 2, RotaryLayout::halves); }},
      {"multi_query_attention.interleaved", [](Init& init, Form) { return shared_keys(init, 1, RotaryLayout::interleaved); }},
      {"multi_query_attention.halves", [](Init& init, Form) { return shared_keys(init, 1, RotaryLayout::halves); }},
      {"mla", [](Init& init, Form form) { return mla(init, form, 0, true); }},
      {"mla.query_code", [](Init& init, Form form) { return mla(init, form, 5, true); }},
      {"mla.not_causal", [](Init& init, Form form) { return mla(init, form, 0, false); }},
      {"rotary.interleaved", [](Init&, Form) -> Layer { return {{}, [](In x) { return Rotary{}(x[0]); }}; }},
      {"rotary.halves", [](Init&, Form) -> Layer { return {{}, [](In x) { return Rotary{RotaryLayout::halves}(x[0]); }}; }},
      {"sinusoidal_positions", [](Init&, Form) -> Layer { return {{}, [](In) { return sinusoidal_positions(7, 6, DType::f64); }}; }},
      {"swiglu", [](Init& init, Form) { return one(FeedForward(4, 6, init, Activation::swiglu)); }},
      {"transformer_block",
       [](Init& init, Form) -> Layer {
         const SelfAttentionBlock block(mla_sizes(), init, {.widening = 2, .activation = Activation::swiglu, .bias = false});
         return {block, [=](In x) { return block(x[0], {.causal = true}); }};
       }},
      {"latent_attention", [](Init& init, Form form) { return two(LatentAttention(sizes(2), init, form)); }},
      {"latent_attention.one_head", [](Init& init, Form form) { return two(LatentAttention(sizes(1), init, form)); }},
      {"self_attention_block", [](Init& init, Form) { return one(SelfAttentionBlock(6, 2, init, {.widening = 2})); }},
      {"cross_attention_block",
       [](Init& init, Form form) -> Layer {
         const CrossAttentionBlock block(sizes(2), init, {}, form);
         return {block, [=](In x) { return block(x[0], block.attention.keys_values(layer_norm(x[1]))); }};
       }},
      {"fourier_features", [](Init&, Form) -> Layer { return {{}, [](In x) { return FourierFeatures{4, 10}(x[0]); }}; }},
      {"grid_positions", [](Init&, Form) -> Layer { return {{}, [](In) { return grid_positions({3, 4}, DType::f64); }}; }},
      {"mean_squared_error", [](Init&, Form) -> Layer { return {{}, [](In x) { return mean_squared_error(x[0], x[1]); }}; }},
  };
}
// clang-format on

// The weight, which decays, and the bias, which learns half as fast, after each step.
Tensor trajectory(const UpdateRule& rule, In x) {
  Tensor weight = x[0] + 0, bias = x[1] + 0;
  weight.require_grad();
  bias.require_grad();
  Optimizer optimizer(rule, {{{{"weight", weight}}, 0.1, 1}, {{{"bias", bias}}, 0, 0.5}});
  Tensors values;
  for (Index step = 0; step < x[2].size(0); ++step) {
    optimizer.zero_grad();
    backward(sum(weight * select(x[2], 0, step)) + sum(bias * select(x[3], 0, step)));
    optimizer.step(0.05);
    values.push_back(concat({reshape(weight.detach(), {-1}), bias.detach()}));
  }
  return stack(values);
}

Tensor rates(const Schedule& schedule) {
  std::vector<double> values;
  for (Index step = 0; step < 20; ++step) values.push_back(schedule(step));
  return tensor(values, DType::f64);
}

// clang-format off
std::map<std::string, Function> training() {
  return {
      {"sgd", [](In x) { return trajectory(SGD{}, x); }},
      {"momentum", [](In x) { return trajectory(SGD{.momentum = 0.9}, x); }},
      {"nesterov", [](In x) { return trajectory(SGD{.momentum = 0.9, .nesterov = true}, x); }},
      {"adamw", [](In x) { return trajectory(AdamW{0.8, 0.98, 1e-6}, x); }},
      {"lamb", [](In x) { return trajectory(LAMB{}, x); }},
      {"constant", [](In) { return rates(constant(0.3)); }},
      {"step_decay", [](In) { return rates(step_decay(0.3, 7, 0.2)); }},
      {"cosine", [](In) { return rates(cosine(0.3, 20)); }},
      {"cosine.warm_up", [](In) { return rates(cosine(0.3, 20, 5, 0.01)); }},
      {"one_cycle", [](In) { return rates(one_cycle({.peak = 0.3, .steps = 21})); }},
      {"one_cycle.divisors", [](In) { return rates(one_cycle({0.3, 21, 0.1, 10, 100})); }},
  };
}
// clang-format on

}  // namespace

TEST_CASE("golden: every layer agrees with PyTorch, value and gradients") {
  const Layers table = layers();
  const golden::Cases cases = golden::load_cases("layers");
  golden::check_complete(cases, table);
  for (const auto& [name, golden] : cases) {
    for (const DType dtype : {DType::f64, DType::f32}) {
      for (const Form form : {Form::plain, Form::absorbed}) {
        INFO(name << " in " << to_string(dtype) << (form == Form::plain ? ", plain" : ", absorbed"));
        Init init{.dtype = dtype};
        const Layer layer = golden::find(table, name)->second(init, form);
        golden::check_layer(layer.module, layer.f, golden, dtype);
      }
    }
  }
}

TEST_CASE("golden: optimisers and schedules agree with PyTorch") {
  const auto table = training();
  const golden::Cases cases = golden::load_cases("training");
  golden::check_complete(cases, table);
  for (const auto& [name, golden] : cases) {
    for (const DType dtype : {DType::f64, DType::f32}) {
      INFO(name << " in " << to_string(dtype));
      golden::check_case(golden::find(table, name)->second, golden, golden::as(golden.inputs, dtype));
    }
  }
}
