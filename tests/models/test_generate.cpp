#include "models/generate.h"

#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

namespace {

const Tensor logits = tensor({std::log(0.1), std::log(0.4), std::log(0.2), std::log(0.3)});

std::vector<double> shares(const Sampling& sampling, int draws = 20000) {
  Generator generator(1);
  std::vector<double> found(4);
  for (int i = 0; i < draws; ++i) found[std::size_t(sample(logits, sampling, generator))] += 1.0 / draws;
  return found;
}

void check_shares(const Sampling& sampling, const std::vector<double>& expected) {
  const std::vector<double> found = shares(sampling);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i, found[i], expected[i]);
    CHECK(std::abs(found[i] - expected[i]) < 0.015);
    CHECK((found[i] == 0) == (expected[i] == 0));
  }
}

LanguageModel small_model(AttentionKind attention = AttentionKind::mla) {
  nn::Init init{.dtype = DType::f64};
  LanguageModelConfig config{
      .vocabulary = 9, .context = 8, .layers = 2, .channels = 8, .heads = 2, .attention = attention};
  config.code_channels = 3;
  config.rotary_channels = 2;
  config.positions = TokenPositions::rotary;
  const LanguageModel model(config, init);
  randomize(model);
  return model;
}

std::vector<Index> generated(const LanguageModel& model, const std::vector<Index>& prompt, std::size_t count,
                             const Generation& how = {}) {
  std::vector<Index> found;
  Generator generator(3);
  generate(model, prompt, how, generator, [&](Index token) {
    found.push_back(token);
    return found.size() < count;
  });
  return found;
}

}  // namespace

TEST_CASE("tokens are drawn as often as their probabilities say") {
  check_shares({}, {0.1, 0.4, 0.2, 0.3});
  check_shares({.temperature = 0.5}, {0.01 / 0.3, 0.16 / 0.3, 0.04 / 0.3, 0.09 / 0.3});
  check_shares({.top_k = 2}, {0, 0.4 / 0.7, 0, 0.3 / 0.7});
  check_shares({.top_k = 9}, {0.1, 0.4, 0.2, 0.3});
  check_shares({.top_p = 0.6}, {0, 0.4 / 0.7, 0, 0.3 / 0.7});
  check_shares({.top_p = 0.05}, {0, 1, 0, 0});
  check_shares({.top_k = 3, .top_p = 0.5}, {0, 0.4 / 0.7, 0, 0.3 / 0.7});
  check_shares({.temperature = 0}, {0, 1, 0, 0});
}

TEST_CASE("what cannot be sampled is told") {
  Generator generator(1);
  const auto error = [&](const Tensor& scores, const Sampling& how) {
    return error_of([&] { sample(scores, how, generator); });
  };
  CHECK(error(logits, {.temperature = -1}) == "sample: temperature is -1, and 0 or more is possible");
  CHECK(error(logits, {.top_k = -1}) == "sample: top_k is -1, and 0 or more is possible");
  CHECK(error(logits, {.top_p = 0}) == "sample: top_p is 0, and above 0 to 1 is possible");
  CHECK(error(zeros({2, 2}), {}) == "sample: the scores are (2, 2), and (V) is needed");
  CHECK(error(tensor({0.0, NAN}), {}) == "sample: a score is NaN");
}

TEST_CASE("a text is continued the same with and without a cache, within the context and beyond it") {
  for (const AttentionKind kind : {AttentionKind::mha, AttentionKind::mqa, AttentionKind::mla}) {
    const LanguageModel model = small_model(kind);
    const std::vector<Index> text = generated(model, {1, 2, 3}, 30);
    CHECK(text.size() == 30);
    CHECK(text == generated(model, {1, 2, 3}, 30, {.sampling = {}, .cached = false}));
    CHECK(text == generated(model, {1, 2, 3}, 30));
  }
}

TEST_CASE("a prompt that is empty or longer than the context is told") {
  const LanguageModel model = small_model();
  CHECK(error_of([&] { generated(model, {}, 1); }) ==
        "generate: the prompt is empty, and at least one token is needed");
  CHECK(error_of([&] { generated(model, std::vector<Index>(9), 1); }) ==
        "generate: the prompt has 9 tokens, and the model sees 8 at most");
  CHECK(generated(model, std::vector<Index>(8), 1).size() == 1);
}
