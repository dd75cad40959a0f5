#include "models/generate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace latent::models {

static void check(const Sampling& sampling) {
  if (!(sampling.temperature >= 0 && std::isfinite(sampling.temperature)))
    fail("sample: temperature is {}, and 0 or more is possible", sampling.temperature);
  if (sampling.top_k < 0) fail("sample: top_k is {}, and 0 or more is possible", sampling.top_k);
  if (!(sampling.top_p > 0 && sampling.top_p <= 1))
    fail("sample: top_p is {}, and above 0 to 1 is possible", sampling.top_p);
}

Index sample(const Tensor& logits, const Sampling& sampling, Generator& generator) {
  check(sampling);
  if (logits.rank() != 1 || logits.size() == 0) fail("sample: the scores are {}, and (V) is needed", logits.shape());
  const std::vector<double> scores = logits.values();
  if (std::ranges::any_of(scores, [](double score) { return std::isnan(score); })) fail("sample: a score is NaN");
  std::vector<Index> order(scores.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, [&](Index a, Index b) { return scores[std::size_t(a)] > scores[std::size_t(b)]; });
  const double best = scores[std::size_t(order[0])];
  if (sampling.temperature == 0 || !std::isfinite(best)) return order[0];

  std::size_t count = order.size();
  if (sampling.top_k > 0) count = std::size_t(std::min(Index(count), sampling.top_k));
  std::vector<double> up_to(count);  // cumulative sums, not normalised
  double total = 0;
  for (std::size_t i = 0; i < count; ++i)
    up_to[i] = total += std::exp((scores[std::size_t(order[i])] - best) / sampling.temperature);
  const auto reaches = [&](double sum) { return std::ranges::lower_bound(up_to, sum) - up_to.begin(); };
  const auto kept = std::min<std::ptrdiff_t>(reaches(sampling.top_p * total), std::ptrdiff_t(count) - 1);
  const double drawn = generator.uniform() * up_to[std::size_t(kept)];
  const auto below = std::ranges::upper_bound(up_to, drawn) - up_to.begin();
  return order[std::size_t(std::min<std::ptrdiff_t>(below, kept))];  // the product may round up to the total
}

static Tensor as_batch(std::span<const Index> text) {
  const Tensor batch = Tensor::empty({1, Index(text.size())}, DType::i64);
  std::ranges::copy(text, batch.mutable_data<Index>());
  return batch;
}

void generate(const LanguageModel& model, std::vector<Index> text, const Generation& how, Generator& generator,
              const std::function<bool(Index token)>& visit) {
  const std::size_t context = count_of("generate", model.config.context);
  if (text.empty()) fail("generate: the prompt is empty, and at least one token is needed");
  if (text.size() > context)
    fail("generate: the prompt has {} tokens, and the model sees {} at most", text.size(), context);
  const NoGrad off;
  std::vector<nn::KVCache> caches;
  std::size_t room = 0, read = 0;  // tokens that the caches can hold, and that they hold
  for (;;) {
    if (text.size() > context) {
      text.erase(text.begin(), text.end() - std::ptrdiff_t((context + 1) / 2));
      room = 0;
    }
    if (how.cached && text.size() > room) {
      room = std::min(context, 2 * text.size());
      caches = model.caches(1, Index(room));
      read = 0;
    }
    const std::span unread = std::span(text).subspan(how.cached ? read : 0);
    const Tensor logits = how.cached ? model(as_batch(unread), caches) : model(as_batch(unread));
    read = text.size();
    const Index next = sample(select(select(logits, 0, 0), 0, -1), how.sampling, generator);
    if (!visit(next)) return;
    text.push_back(next);
  }
}

}  // namespace latent::models
