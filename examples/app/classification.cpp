#include "examples/app/classification.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/atomic_file.h"
#include "nn/losses.h"
#include "train/communicator.h"
#include "train/shards.h"

namespace latent::examples {

Samples select(const Samples& all, std::vector<Index> chosen) {
  const auto size = Index(chosen.size());
  return {size, [batch = all.batch, chosen = std::move(chosen)](std::vector<Index> samples, const Generator* chance) {
            for (Index& sample : samples) sample = chosen[std::size_t(sample)];
            return batch(samples, chance);
          }};
}

void hold_out(LabelledData& data, const Samples& all, const std::vector<Index>& order, Index held_out) {
  if (held_out >= Index(order.size()))
    fail("--validation {}: there are only {} training {}s", held_out, order.size(), data.unit);
  const auto training = order.end() - held_out;
  data.train = select(all, {order.begin(), training});
  data.validation = select(all, {training, order.end()});
}

double Confusion::mean_class_accuracy() const {
  double sum = 0;
  Index with_samples = 0;
  for (Index label = 0; label < classes_; ++label) {
    Index samples = 0;
    for (Index answer = 0; answer < classes_; ++answer) samples += (*this)(label, answer);
    if (samples == 0) continue;
    sum += double((*this)(label, label)) / double(samples);
    ++with_samples;
  }
  return with_samples > 0 ? sum / double(with_samples) : 0;
}

std::string Confusion::csv(const std::vector<std::string>& names) const {
  std::string text = fmt::format("class,{}\n", fmt::join(names, ","));
  for (Index label = 0; label < classes_; ++label) {
    const auto row = counts_.begin() + label * classes_;
    text += fmt::format("{},{}\n", names[std::size_t(label)], fmt::join(row, row + classes_, ","));
  }
  return text;
}

std::string Confusion::most_often(const std::vector<std::string>& names) const {
  constexpr Index shown = 5;
  std::vector<Index> mistakes;
  for (Index i = 0; i < classes_ * classes_; ++i)
    if (i / classes_ != i % classes_ && counts_[std::size_t(i)] > 0) mistakes.push_back(i);
  std::ranges::stable_sort(mistakes, std::greater(), [&](Index i) { return counts_[std::size_t(i)]; });
  std::string line;
  for (Index i = 0; i < std::min(shown, Index(mistakes.size())); ++i) {
    const Index mistake = mistakes[std::size_t(i)];
    line += fmt::format("{}{} as {} ({})", i == 0 ? "" : ", ", names[std::size_t(mistake / classes_)],
                        names[std::size_t(mistake % classes_)], counts_[std::size_t(mistake)]);
  }
  return line.empty() ? "nothing" : line;
}

static void keep_worst(std::vector<Answer>& mistakes) {
  constexpr std::size_t kept = 24;
  std::ranges::stable_sort(mistakes, {}, &Answer::of_label);
  mistakes.resize(std::min(kept, mistakes.size()));
}

Evaluation evaluate(const Classifier& classifier, const Samples& samples, Index limit, Index batch_size) {
  const NoGrad off;
  const Index size = std::min(samples.size, limit);
  const auto classes = Index(classifier.classes.size());
  Evaluation result{{.predictions = size}, Confusion(classes), {}};
  for (Index first = 0; first < size; first += batch_size) {
    std::vector<Index> chosen(std::size_t(std::min(batch_size, size - first)));
    std::iota(chosen.begin(), chosen.end(), first);
    const train::Batch batch = samples.batch(chosen, nullptr);
    const Tensor logits = train::map_shards(batch.input, std::cref(classifier)), answers = argmax(logits, -1),
                 likely = softmax(logits);
    result.score.loss += cross_entropy(logits, batch.target).item() * double(chosen.size()) / double(size);
    for (Index i = 0; i < Index(chosen.size()); ++i) {
      const Index label = batch.target.data<Index>()[i], answer = answers.data<Index>()[i];
      const auto probability = [&](Index of) { return double(likely.data<float>()[i * classes + of]); };
      result.confusion.add(label, answer);
      if (answer != label)
        result.mistakes.push_back({chosen[std::size_t(i)], label, answer, probability(answer), probability(label)});
    }
    keep_worst(result.mistakes);
    result.score.correct += nn::correct(logits, batch.target);
  }
  return result;
}

void report(const Evaluation& evaluation, const std::vector<std::string>& classes,
            const std::filesystem::path& confusion) {
  const train::Score& score = evaluation.score;
  if (!confusion.empty() && train::processes().is_first()) write_text(confusion, evaluation.confusion.csv(classes));
  fmt::print("most often mistaken: {}\n", evaluation.confusion.most_often(classes));
  fmt::print("mean class accuracy: {:.2f} %\n", 100 * evaluation.confusion.mean_class_accuracy());
  fmt::print("test accuracy: {:.2f} % ({}/{})\n", 100 * score.accuracy(), score.correct, score.predictions);
}

Index print_answer(const Classifier& classifier, const Tensor& input) {
  const NoGrad off;
  const std::vector<double> likely = softmax(classifier(input)).values();
  const auto count = Index(likely.size());
  std::vector<Index> order(likely.size());
  std::iota(order.begin(), order.end(), 0);
  const auto probability = [&](Index label) { return likely[std::size_t(label)]; };
  constexpr Index all = 10, shown = 5;
  if (count > all) {
    std::ranges::stable_sort(order, std::greater(), probability);
    order.resize(shown);
  }
  std::size_t width = 0;
  for (const Index label : order) width = std::max(width, classifier.classes[std::size_t(label)].size());
  for (const Index label : order) {
    constexpr double longest = 40;
    std::string bar;
    for (Index i = 0; i < std::lround(longest * probability(label)); ++i) bar += "█";
    fmt::print("{:{}}  {:6.2f} %  {}\n", classifier.classes[std::size_t(label)], width, 100 * probability(label), bar);
  }
  return std::ranges::max_element(likely) - likely.begin();
}

}  // namespace latent::examples
