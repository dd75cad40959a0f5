#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;

namespace {

MultiHeadLatentAttention attention_of(const MlaSizes& sizes) {
  Init init{.dtype = DType::f64};
  const MultiHeadLatentAttention attention(sizes, init);
  randomize(attention);
  return attention;
}

}  // namespace

TEST_CASE("MLA: the plain and the absorbed form agree in value and in every gradient") {
  const Index query_code = GENERATE(0, 5);
  const bool causal = GENERATE(false, true);
  const MultiHeadLatentAttention attention = attention_of({8, 3, 4, 5, query_code, 2});
  const Tensor x = random_tensor({2, 7, 8}, 1).require_grad();
  Parameters all = attention.parameters();
  all.push_back({"x", x});
  const auto in = [&](AttentionForm form) { return [&, form] { return attention(x, {.causal = causal}, form); }; };
  CHECK(difference(in(AttentionForm::plain)(), in(AttentionForm::absorbed)()) < 1e-12);
  const NamedTensors plain = gradients_of(all, in(AttentionForm::plain)),
                     absorbed = gradients_of(all, in(AttentionForm::absorbed));
  for (const auto& [name, tensor] : all) {
    CAPTURE(name);
    CHECK(difference(plain.at(name), absorbed.at(name)) < 1e-10);
    CHECK(largest(plain.at(name)) > 1e-3);
  }
}

TEST_CASE("MLA: gradients against differences, in both forms") {
  const MultiHeadLatentAttention attention = attention_of({6, 2, 3, 4, 5, 2});
  Parameters all = attention.parameters();
  const Tensor x = random_tensor({1, 4, 6}, 1).require_grad();
  all.push_back({"x", x});
  for (const AttentionForm form : {AttentionForm::plain, AttentionForm::absorbed})
    check_gradients(
        all, [&] { return attention(x, {.causal = true}, form); }, 20);
}

TEST_CASE("MLA: a bias holds for both forms, and has a gradient in both") {
  const MultiHeadLatentAttention attention = attention_of({8, 3, 4, 5, 0, 2});
  const Tensor x = random_tensor({2, 6, 8}, 1), bias = random_tensor({3, 6, 6}, 2).require_grad();
  const auto in = [&](AttentionForm form) { return [&, form] { return attention(x, {.bias = bias}, form); }; };
  CHECK(difference(in(AttentionForm::plain)(), in(AttentionForm::absorbed)()) < 1e-12);
  const Parameters all = {{"bias", bias}};
  CHECK(difference(gradients_of(all, in(AttentionForm::plain)).at("bias"),
                   gradients_of(all, in(AttentionForm::absorbed)).at("bias")) < 1e-10);
}

TEST_CASE("MLA: from a cache both forms give the same") {
  const MultiHeadLatentAttention attention = attention_of({8, 3, 4, 5, 0, 2});
  const Tensor x = random_tensor({2, 6, 8}, 1);
  const NoGrad off;
  const Tensor whole = attention(x, {.causal = true});
  for (const AttentionForm form : {AttentionForm::plain, AttentionForm::absorbed, AttentionForm::automatic}) {
    MultiHeadLatentAttention decoder = attention;  // with the same weights
    decoder.sizes.decoding = form;
    KVCache cache = decoder.cache(2, 6);
    CHECK(cache.elements_per_token() == 5 + 2);
    Tensors pieces;
    for (const Tensor& piece : split(x, 4, 1)) pieces.push_back(decoder(piece, cache));
    CHECK(difference(concat(pieces, 1), whole) < 1e-12);
  }
}

TEST_CASE("MLA: a scale that is given holds for both forms") {
  const MultiHeadLatentAttention attention = attention_of({8, 3, 4, 5, 0, 2});
  const Tensor x = random_tensor({1, 5, 8}, 1);
  const AttentionOptions sharp{.scale = 2};
  CHECK(difference(attention(x, sharp), attention(x, sharp, AttentionForm::absorbed)) < 1e-12);
  CHECK(difference(attention(x, sharp), attention(x)) > 1e-3);
}
