#include "examples/common/classification.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "engine/memory.h"
#include "examples/common/classification_report.h"
#include "examples/common/options.h"
#include "examples/common/program.h"
#include "examples/common/text_file.h"
#include "examples/common/timing.h"
#include "nn/losses.h"

namespace latent::examples {
namespace {

Job make_job(const ClassifierSettings& settings, const LabelledData& data, const Classifier& classifier) {
  Job job;
  job.model = classifier.module();
  job.samples = data.train.size;
  job.metadata = to_metadata(classifier);
  job.batch = [&](const std::vector<Index>& samples, const Generator& of_epoch) {
    return data.train.batch(samples, &of_epoch);
  };
  job.forward = [&, smoothing = settings.training.label_smoothing](const Batch& batch) -> BatchResult {
    const Tensor logits = classifier(batch.input);
    if (batch.target.dtype() == DType::i64)
      return {cross_entropy(logits, batch.target, smoothing), nn::correct(logits, batch.target)};
    return {nn::soft_cross_entropy(logits, batch.target, smoothing), nn::correct(logits, argmax(batch.target))};
  };
  return job;
}

void add_weights(CLI::App& app, std::string& chosen, const std::string& shipped) {
  chosen = shipped;
  const bool some = !shipped.empty();
  add_option(
      app, "--weights", chosen,
      some ? "best.safetensors of a run; by default those that come with the project" : "best.safetensors of a run")
      ->required(!some)
      ->default_str("");  // said in words: where the project lies helps nobody
}

}  // namespace

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
  Evaluation result{{.answers = size}, Confusion(classes), {}};
  for (Index first = 0; first < size; first += batch_size) {
    std::vector<Index> chosen(std::size_t(std::min(batch_size, size - first)));
    std::iota(chosen.begin(), chosen.end(), first);
    const Batch batch = samples.batch(chosen, nullptr);
    const Tensor logits = classifier(batch.input), answers = argmax(logits, -1), likely = softmax(logits);
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
  const Score& score = evaluation.score;
  if (!confusion.empty()) write_text(confusion, evaluation.confusion.csv(classes));
  fmt::print("most often mistaken: {}\n", evaluation.confusion.most_often(classes));
  fmt::print("mean class accuracy: {:.2f} %\n", 100 * evaluation.confusion.mean_class_accuracy());
  fmt::print("test accuracy: {:.2f} % ({}/{})\n", 100 * score.accuracy(), score.correct, score.answers);
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

int train(const ClassifierSettings& settings, const std::string& config, const LabelledData& data,
          const Classifier& classifier) {
  fmt::print("{}: {} {}s to train on, {} to validate, {} to test, of {} classes\n", data.name, data.train.size,
             data.unit, data.validation.size, data.test.size, classifier.classes.size());
  const Index flops = classifier.flops();
  fmt::print("{}: {} parameters, {:.1f} MFLOP for each {}\n", classifier.name(), classifier.module().parameter_count(),
             double(flops) / 1e6, data.unit);

  const std::filesystem::path out = settings.training.out;
  const Index limit = limited(std::max(data.validation.size, data.test.size), settings.training);
  Json content = about(classifier, data);
  content.update({{"config", config}, {"epochs", settings.training.epochs}, {"ended", false}});
  const auto report_page = [&] {
    content["looks"] = looks(classifier, data.validation.size > 0 ? data.validation : data.train, data);
    write_report(out, content);
  };
  Job job = make_job(settings, data, classifier);
  job.config = config;
  std::int64_t peak = 0;  // of the training; the pages between its epochs do not count
  job.report = [&] {
    peak = std::max(peak, memory().peak);
    report_page();
    reset_peak_memory();
  };
  if (data.validation.size > 0)
    job.validate = [&] {
      const Evaluation validation = evaluate(classifier, data.validation, limit);
      content["tested"] = tested("validation", validation, data.validation, data);
      return validation.score;
    };
  Trainer trainer(settings.training, job);
  const double begin = seconds();
  reset_peak_memory();
  const bool ended = trainer.run();
  fmt::print("{}", trainer.profile());
  if (!ended) return exit_stopped;

  Json result = sizes(classifier.name(), classifier.module(), flops);
  result.update({{"resumed", settings.training.resume},
                 {"seconds", seconds() - begin},
                 {"peak_tensor_bytes", std::max(peak, memory().peak)}});
  if (const double speed = trainer.samples_per_second(); speed > 0) result["samples_per_second"] = speed;
  nn::load_parameters(classifier.module(), weights_in(load_tensors(out / "best.safetensors")));
  if (data.validation.size > 0)
    result["validation_accuracy"] = evaluate(classifier, data.validation, limit).score.accuracy();
  const Evaluation test = evaluate(classifier, data.test, limit);
  result["test_correct"] = test.score.correct;
  result["test_answers"] = test.score.answers;
  result["test_accuracy"] = test.score.accuracy();
  result["test_mean_class_accuracy"] = test.confusion.mean_class_accuracy();
  write_text(out / "result.json", result.dump(2) + "\n");
  content.update({{"ended", true}, {"tested", tested("the test", test, data.test, data)}});
  report(test, classifier.classes, out / "confusion.csv");
  report_page();
  return 0;
}

std::string shipped(const std::string& file) { return LATENT_EXAMPLES_FOLDER "/" + file; }

CLI::App& add_eval(CLI::App& app, EvalSettings& settings, const std::string& weights) {
  CLI::App& eval = *app.add_subcommand("eval", "Test a trained model");
  add_weights(eval, settings.weights, weights);
  eval.add_option("--data", settings.data, "Folder of the data set; by default what the model was trained on");
  eval.add_option("--confusion", settings.confusion, "Write what was taken for what into this file, as CSV");
  add_option(eval, "--threads", settings.threads, "0: all that the process may use")->check(between(0, 4096));
  return eval;
}

CLI::App& add_predict(CLI::App& app, PredictSettings& settings, const std::string& help, const std::string& weights) {
  CLI::App& predict = *app.add_subcommand("predict", help);
  add_weights(predict, settings.weights, weights);
  add_option(predict, "--threads", settings.threads, "0: all that the process may use")->check(between(0, 4096));
  return predict;
}

}  // namespace latent::examples
