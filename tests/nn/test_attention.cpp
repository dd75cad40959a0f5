#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;

namespace {

// Both forms with the same random weights.
struct TwoForms {
  LatentAttention plain, absorbed;

  explicit TwoForms(LatentAttentionSizes sizes, Init init = {.dtype = DType::f64})
      : plain(sizes, init, AttentionForm::plain), absorbed(sizes, init, AttentionForm::absorbed) {
    randomize(plain);
    load_parameters(absorbed, named_tensors(plain));
  }
};

// The paper's definition, step by step, one head at a time.
Tensor by_definition(const LatentAttention& a, const Tensor& latents, const Tensor& input) {
  const Tensor z = a.latent_norm(latents), x = a.input_norm(input);
  const Tensors q = chunk(a.query(z), a.sizes.heads), k = chunk(a.key(x), a.sizes.heads),
                v = chunk(a.value(x), a.sizes.heads);
  Tensors heads;
  for (std::size_t h = 0; h < q.size(); ++h)
    heads.push_back(matmul(softmax(matmul(q[h], transpose(k[h])) / std::sqrt(double(q[h].size(-1)))), v[h]));
  return a.output(concat(heads));
}

}  // namespace

TEST_CASE("multi-head attention is its definition, with and without a mask") {
  Init init{.dtype = DType::f64};
  const MultiHeadAttention attend(6, 3, init);
  randomize(attend);
  const Tensor x = random_tensor({2, 5, 6}, 1);
  const Tensors q = chunk(attend.query(x), 3), k = chunk(attend.key(x), 3), v = chunk(attend.value(x), 3);
  const Tensor hidden =
      where(greater(unsqueeze(arange(0, 5, 1, DType::f64), 0), unsqueeze(arange(0, 5, 1, DType::f64), 1)),
            scalar(-1e300, DType::f64), scalar(0, DType::f64));
  for (const bool causal : {false, true}) {
    Tensors heads;
    for (std::size_t h = 0; h < 3; ++h) {
      const Tensor scores = matmul(q[h], transpose(k[h])) / std::sqrt(2.0);
      CHECK(difference(select(attend.scores(x, x), 1, Index(h)), scores) < 1e-14);
      heads.push_back(matmul(softmax(causal ? scores + hidden : scores), v[h]));
    }
    CHECK(difference(attend(x, {.scale = {}, .causal = causal}), attend.output(concat(heads))) < 1e-13);
  }
}

TEST_CASE("splitting heads copies nothing, and merging undoes it") {
  const Tensor x = random_tensor({2, 3, 8}, 1);
  const Tensor heads = split_heads(x, 4);
  for (const Index wrong : {0, 3, -2})
    CHECK(
        error_of([&] { split_heads(x, wrong); }).starts_with(fmt::format("split_heads: {} heads of a tensor ", wrong)));
  CHECK(heads.shape() == Shape{2, 4, 3, 2});
  CHECK(heads.storage() == x.storage());
  CHECK(merge_heads(heads).values() == x.values());
}

TEST_CASE("plain and absorbed cross-attention are the paper's definition, in value and in every gradient") {
  const Index heads = GENERATE(1, 3);
  const TwoForms forms({.latents = 4, .channels = 8, .input_channels = 5, .width = 6, .heads = heads});
  Tensor latents = random_tensor({2, 4, 8}, 1).require_grad(), input = random_tensor({2, 11, 5}, 2).require_grad();

  const auto gradients = [&](const LatentAttention& attention, const std::function<Tensor()>& f) {
    Parameters all = attention.parameters();
    all.push_back({"latents", latents});
    all.push_back({"input", input});
    return gradients_of(all, f);
  };
  const Tensor expected = by_definition(forms.plain, latents, input);
  const NamedTensors slopes = gradients(forms.plain, [&] { return by_definition(forms.plain, latents, input); });
  for (const LatentAttention& attention : {forms.plain, forms.absorbed}) {
    CAPTURE(heads, attention.absorbed);
    CHECK(difference(attention(latents, input), expected) < 1e-12);
    for (const auto& [name, slope] : gradients(attention, [&] { return attention(latents, input); })) {
      CAPTURE(name);
      REQUIRE(slope.defined());
      CHECK(difference(slope, slopes.at(name)) < 1e-10);
    }
  }
}

TEST_CASE("the key bias drops out, and has a gradient of zeros all the same") {
  const TwoForms forms({.latents = 3, .channels = 4, .input_channels = 5});
  const Tensor latents = random_tensor({2, 3, 4}, 1), input = random_tensor({2, 7, 5}, 2);
  for (const LatentAttention& attention : {forms.plain, forms.absorbed}) {
    const NamedTensors gradients = gradients_of(attention.parameters(), [&] { return attention(latents, input); });
    CHECK(largest(gradients.at("key.bias")) < 1e-14);
    CHECK(largest(gradients.at("key.weight")) > 1e-3);
  }
  forms.absorbed.zero_grad();
  backward(projected([&] { return forms.absorbed(latents, input); }));
  CHECK(largest(forms.absorbed.key.bias.grad()) == 0);
}

TEST_CASE("no gradient is computed towards an input that is data") {
  const TwoForms forms({.latents = 3, .channels = 4, .input_channels = 5});
  const Tensor normalized = layer_norm(random_tensor({2, 7, 5}, 2));
  CHECK_FALSE(forms.absorbed.keys_values(normalized).keys.requires_grad());
  CHECK(forms.absorbed.keys_values(normalized).keys.storage() == normalized.storage());
}

TEST_CASE("one row of latents serves all samples of a batch") {
  const TwoForms forms({.latents = 3, .channels = 4, .input_channels = 5, .width = 6, .heads = 2});
  const Tensor one = random_tensor({1, 3, 4}, 1), input = random_tensor({3, 7, 5}, 2);
  for (const LatentAttention& attention : {forms.plain, forms.absorbed})
    CHECK(difference(attention(one, input), attention(broadcast_to(one, {3, 3, 4}), input)) < 1e-14);
}

TEST_CASE("scores are those before the softmax, in either form") {
  const TwoForms forms({.latents = 3, .channels = 4, .input_channels = 5, .width = 6, .heads = 2});
  const Tensor latents = random_tensor({2, 3, 4}, 1), input = random_tensor({2, 7, 5}, 2);
  const Tensor scores = forms.absorbed.scores(latents, input);
  CHECK(scores.shape() == Shape{2, 2, 3, 7});
  CHECK(difference(scores, forms.plain.scores(latents, input)) == 0);
  const LatentAttention& a = forms.plain;
  const Tensor values = split_heads(a.value(a.input_norm(input)), 2);
  CHECK(difference(a.output(merge_heads(matmul(softmax(scores), values))), a(latents, input)) < 1e-13);
}

TEST_CASE("the form with fewer multiplications is taken, and the plain one counted as the paper counts") {
  Init init{.shapes_only = true};
  const auto form = [&](LatentAttentionSizes sizes) { return LatentAttention(sizes, init).absorbed; };
  CHECK(form({.latents = 32, .channels = 64, .input_channels = 27}));
  CHECK(form({.latents = 32, .channels = 64, .input_channels = 27, .heads = 4}));
  CHECK_FALSE(form({.latents = 128, .channels = 64, .input_channels = 64, .heads = 8}));
  CHECK(form({.latents = 512, .channels = 1024, .input_channels = 261}));  // ImageNet
  const LatentAttention imagenet({.latents = 512, .channels = 1024, .input_channels = 261}, init);
  const Index N = 512, D = 1024, T = 50176, C = 261, a = 261;
  CHECK(imagenet.flops(N, T) == 2 * N * D * a + 4 * T * C * a + 4 * N * T * a + 2 * N * a * D);
}

TEST_CASE("the width inside the heads is the smaller size, rounded up to a multiple of the heads") {
  Init init{.shapes_only = true};
  const auto width = [&](LatentAttentionSizes sizes) { return LatentAttention(sizes, init).sizes.width; };
  CHECK(width({.latents = 2, .channels = 64, .input_channels = 27}) == 27);
  CHECK(width({.latents = 2, .channels = 64, .input_channels = 27, .heads = 4}) == 28);
  CHECK(width({.latents = 2, .channels = 16, .input_channels = 27}) == 16);
  CHECK(width({.latents = 2, .channels = 16, .input_channels = 27, .width = 12}) == 12);
}

TEST_CASE("sizes that do not fit are told") {
  Init init{.shapes_only = true};
  CHECK(error_of([&] { MultiHeadAttention(6, 4, init); }) ==
        "MultiHeadAttention: 6 channels do not split into 4 heads");
  CHECK(error_of([&] {
          LatentAttention({.latents = 2, .channels = 6, .input_channels = 3, .width = 5, .heads = 2}, init);
        }) == "LatentAttention: 5 channels do not split into 2 heads");
  CHECK(error_of([&] { LatentAttention({.latents = 2, .channels = 6}, init); }) ==
        "LatentAttention: 2 latents of 6 channels, inputs of 0 channels and 1 heads; each must be at least 1");
}
