#include "models/transformer.h"

#include "tests/golden/golden.h"
#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

namespace {

// As in tests/golden/models.py.
LanguageModelConfig small(AttentionKind attention) {
  LanguageModelConfig config{
      .vocabulary = 7, .context = 6, .layers = 2, .channels = 8, .heads = 4, .attention = attention};
  config.widening = 2;
  config.code_channels = 3;
  config.rotary_channels = 2;
  if (attention == AttentionKind::mqa) config.positions = TokenPositions::sinusoidal;
  if (attention == AttentionKind::gqa || attention == AttentionKind::mla) {
    config.positions = TokenPositions::rotary;
    config.activation = nn::Activation::swiglu;
  }
  return config;
}

const std::map<std::string, AttentionKind> kinds = {
    {"mha", AttentionKind::mha}, {"gqa", AttentionKind::gqa}, {"mqa", AttentionKind::mqa}, {"mla", AttentionKind::mla}};

LanguageModel random_model(AttentionKind attention) {
  nn::Init init{.dtype = DType::f64};
  const LanguageModel model(small(attention), init);
  randomize(model);
  return model;
}

Tensor random_text(Index batch, Index length, std::uint64_t seed) {
  Generator generator(seed);
  return randint(0, 7, {batch, length}, generator);
}

}  // namespace

TEST_CASE("golden: language models agree with PyTorch, loss and every gradient") {
  const golden::Cases cases = golden::load_cases("language");
  golden::check_complete(cases, kinds);
  for (const auto& [name, golden] : cases) {
    for (const DType dtype : {DType::f64, DType::f32}) {
      INFO(name << " in " << to_string(dtype));
      nn::Init init{.dtype = dtype};
      const LanguageModel model(small(kinds.at(name)), init);
      golden::check_layer(
          model, [&](const Tensors& x) { return cross_entropy(model(x[0]), x[1]); }, golden, dtype);
    }
  }
}

TEST_CASE("a language model that reads token by token, or in chunks, gives what it gives at once") {
  const NoGrad off;
  for (const auto& [name, kind] : kinds) {
    const LanguageModel model = random_model(kind);
    const Tensor text = random_text(2, 6, 1), whole = model(text);
    for (Index size = 1; size <= 6; ++size) {
      CAPTURE(name, size);
      std::vector<nn::KVCache> caches = model.caches(2, 6);
      Tensors pieces;
      for (const Tensor& piece : split(text, size, 1)) pieces.push_back(model(piece, caches));
      CHECK(difference(concat(pieces, 1), whole) < 1e-10);
    }
  }
}

TEST_CASE("two texts go on from one beginning, in copies of its caches") {
  const NoGrad off;
  for (const auto& [name, kind] : kinds) {
    CAPTURE(name);
    const LanguageModel model = random_model(kind);
    const auto token = [](double number) { return full({1, 1}, number, DType::i64); };
    std::vector<nn::KVCache> caches = model.caches(1, 6);
    model(token(4), caches);
    std::vector<nn::KVCache> saved = caches;
    model(token(2), saved);
    const Tensor first = model(token(5), caches), second = model(token(3), saved);
    CHECK(difference(first, slice(model(concat({token(4), token(5)}, 1)), 1, 1, 2)) < 1e-10);
    CHECK(difference(second, slice(model(concat({token(4), token(2), token(3)}, 1)), 1, 2, 3)) < 1e-10);
  }
}

TEST_CASE("what a language model says at a token does not depend on those that follow") {
  const NoGrad off;
  for (const auto& [name, kind] : kinds) {
    CAPTURE(name);
    const LanguageModel model = random_model(kind);
    const Tensor text = random_text(1, 6, 1);
    const Tensor changed = concat({slice(text, 1, 0, 4), random_text(1, 2, 9)}, 1);
    CHECK(slice(model(text), 1, 0, 4).values() == slice(model(changed), 1, 0, 4).values());
    CHECK(difference(model(text), model(changed)) > 1e-3);
  }
}

TEST_CASE("a language model's weights at first say that all tokens are about equally likely") {
  nn::Init init;
  const LanguageModel model({.vocabulary = 65}, init);
  CHECK(model.parameter_count() == 65 * 128 + 64 * 128 + 4 * (2 * 128 + 4 * 128 * 128 + 8 * 128 * 128) + 128);
  const Tensor text = random_text(4, 64, 1);
  CHECK(std::abs(cross_entropy(model(text), text).item() - std::log(65)) < 0.2);
}

TEST_CASE("a text that is too long, a token that is unknown and a config that cannot be are told") {
  const LanguageModel model = random_model(AttentionKind::mha);
  const NoGrad off;
  CHECK(error_of([&] { model(random_text(1, 7, 1)); }) == "LanguageModel: a text of 7 tokens, and the context is 6");
  std::vector<nn::KVCache> caches = model.caches(1, 6);
  model(random_text(1, 5, 1), caches);
  CHECK(error_of([&] { model(random_text(1, 2, 1), caches); }) ==
        "LanguageModel: a text of 7 tokens, and the context is 6");
  CHECK(error_of([&] { model(full({1, 2}, 7, DType::i64)); }).find("7") != std::string::npos);
  CHECK(error_of([&] { model(full({2}, 1, DType::i64)); }) ==
        "LanguageModel: the tokens are (2), and (batch, length) is needed");
  caches = model.caches(1, 3);
  CHECK(error_of([&] { model(random_text(1, 4, 1), caches); }) ==
        "KVCache: 4 more tokens do not fit: it holds 0 of at most 3");
  nn::Init init;
  CHECK(error_of([&] { LanguageModel({}, init); }) == "LanguageModel: vocabulary is 0, and 1 to 16777216 is possible");
  LanguageModelConfig config = small(AttentionKind::mha);
  config.heads = 3;
  CHECK(error_of([&] { LanguageModel(config, init); }) == "LanguageModel: 8 channels do not split into 3 heads");
  config.heads = 4, config.layers = 0;
  CHECK(error_of([&] { LanguageModel(config, init); }) == "LanguageModel: layers is 0, and 1 to 4096 is possible");
  config.layers = 1, config.heads = 3, config.channels = 9, config.positions = TokenPositions::sinusoidal;
  CHECK(error_of([&] { LanguageModel(config, init); }) ==
        "LanguageModel: sinusoidal positions need an even number of channels, and there are 9");
  config = small(AttentionKind::mha);
  config.dropout = 1;
  CHECK(error_of([&] { LanguageModel(config, init); }) == "LanguageModel: dropout is 1, and 0 to 0.99 is possible");
}

TEST_CASE("a language model's config comes back from its text, and what is wrong with it is told") {
  for (const auto& [name, kind] : kinds)
    CHECK(from_metadata<LanguageModelConfig>(to_metadata(small(kind))) == small(kind));
  Metadata metadata = to_metadata(small(AttentionKind::mla));
  CHECK(metadata.at("language_model.attention") == "mla");
  metadata["language_model.attention"] = "mlb";
  CHECK(error_of([&] { from_metadata<LanguageModelConfig>(metadata); }) ==
        "the metadata do not describe a language_model:\n  value: "
        "language_model.attention is \"mlb\"");
}
