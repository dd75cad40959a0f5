#include "examples/report/classification_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/number.h"

namespace latent::examples {
namespace {

// One sample's tokens, (T, C), and its label.
std::pair<Tensor, Index> sample_of(const Samples& samples, Index which) {
  const train::Batch batch = samples.batch({which}, nullptr);
  return {select(batch.input, 0, 0), batch.target.data<Index>()[0]};
}

// The rows of an (N, T) map as bytes, each scaled from its lowest value, or from 0, to its highest.
struct Rows {
  std::vector<double> low, high;
  std::string bytes;

  Rows(const Tensor& map, bool from_zero) {
    const Index tokens = map.size(1);
    std::vector<double> scaled = map.values();
    for (auto row = scaled.begin(); row != scaled.end(); row += tokens) {
      const auto [least, most] = std::minmax_element(row, row + tokens);
      low.push_back(from_zero ? 0 : *least);
      high.push_back(*most);
      const double range = high.back() - low.back();
      std::transform(row, row + tokens, row,
                     [&](double value) { return range > 0 ? (value - low.back()) / range : 0; });
    }
    bytes = as_bytes(scaled, 0, 1);
  }
};

Json rounded(const std::vector<double>& values) {
  Json all = Json::array();
  for (const double value : values) all.push_back(to_number<double>(fmt::format("{:.4g}", value)).value());
  return all;
}

// scores: (1, H, N, T)
Json attend_of(const Tensor& scores) {
  const Tensor logarithms = log_softmax(scores), weights = exp(logarithms);
  const Tensor entropy = mean(sum(weights * logarithms, -1), {0, 1}) / -std::log(2);
  const Rows before(mean(scores, {0, 1}), false), after(mean(weights, {0, 1}), true);
  return {{"entropy", rounded(entropy.values())}, {"low", rounded(before.low)},
          {"high", rounded(before.high)},         {"before", before.bytes},
          {"peak", rounded(after.high)},          {"after", after.bytes}};
}

// Limit for the pictures of a kind in a page, in bytes of text.
constexpr std::size_t most_bytes = 1'200'000;

// The first samples of different classes, limited in number to keep the page small.
std::vector<Index> of_different_classes(const Samples& samples, Index maps, Index classes) {
  constexpr Index most = 6, searched = 400;
  const auto wanted = std::size_t(std::min({Index(most_bytes) / maps, most, classes}));
  std::vector<Index> chosen, seen;
  for (Index i = 0; i < std::min(samples.size, searched) && chosen.size() < wanted; ++i) {
    const Index label = sample_of(samples, i).second;
    if (std::ranges::count(seen, label) > 0) continue;
    chosen.push_back(i);
    seen.push_back(label);
  }
  return chosen;
}

}  // namespace

Json picture_of(const Picture& picture) {
  const std::vector<double> values = picture.values.values();
  auto [low, high] = std::ranges::minmax(values);
  if (picture.kind == "cloud" || picture.kind == "wave") {  // 0 stays in the middle
    high = std::max(std::abs(low), std::abs(high));
    low = -high;
  }
  const Shape& shape = picture.values.shape();
  return {{"kind", picture.kind},
          {"shape", std::vector<Index>(shape.begin(), shape.end())},
          {"values", as_bytes(values, low, high)}};
}

Json description_json(const Classifier& classifier, const LabelledData& data) {
  const Shape& grid = classifier.input().grid;
  return {{"title", fmt::format("{} on {}", classifier.name(), data.name)},
          {"unit", data.unit},
          {"classes", classifier.classes},
          {"grid", std::vector<Index>(grid.begin(), grid.end())}};
}

Json evaluation_json(const std::string& on, const Evaluation& evaluation, const Samples& samples,
                     const LabelledData& data) {
  const auto classes = Index(evaluation.confusion.classes());
  Json counts = Json::array(), mistakes = Json::array();
  for (Index label = 0; label < classes; ++label) {
    Json row = Json::array();
    for (Index answer = 0; answer < classes; ++answer) row.push_back(evaluation.confusion(label, answer));
    counts.push_back(row);
  }
  std::size_t bytes = 0;
  for (const auto& [sample, label, answer, probability, of_label] : evaluation.mistakes) {
    const Json picture = picture_of(data.picture(sample_of(samples, sample).first));
    if ((bytes += picture["values"].get_ref<const std::string&>().size()) > most_bytes / 2) break;
    mistakes.push_back({{"label", label}, {"answer", answer}, {"probability", probability}, {"picture", picture}});
  }
  return {{"on", on}, {"accuracy", evaluation.score.accuracy()}, {"counts", counts}, {"mistakes", mistakes}};
}

Json attention_json(const Classifier& classifier, const Samples& samples, const LabelledData& data) {
  const NoGrad off;
  Json all = Json::array();
  const Tensors first = classifier.scores(samples.batch({0}, nullptr).input);
  if (first.empty()) return all;
  const Index maps = 8 * Index(first.size()) * first[0].size(2) * first[0].size(3) / 3;  // of a sample, in base64
  for (const Index sample : of_different_classes(samples, maps, Index(classifier.classes.size()))) {
    const auto [tokens, label] = sample_of(samples, sample);
    const Tensor input = unsqueeze(tokens, 0);
    Json attends = Json::array();
    for (const Tensor& scores : classifier.scores(input)) attends.push_back(attend_of(scores));
    all.push_back({{"label", label},
                   {"answer", Index(argmax(classifier(input), -1).item())},
                   {"picture", picture_of(data.picture(tokens))},
                   {"attends", attends}});
  }
  return all;
}

}  // namespace latent::examples
