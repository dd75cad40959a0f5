#include "examples/app/classifier_commands.h"

#include <nlohmann/json.hpp>

#include "examples/app/options.h"
#include "examples/app/program.h"
#include "examples/report/classification_report.h"
#include "examples/report/run.h"
#include "nn/losses.h"

namespace latent::examples {
namespace {

train::BatchResult loss_of(const Classifier& classifier, const train::Batch& batch, double smoothing) {
  const Tensor logits = classifier(batch.input);
  if (batch.target.dtype() == DType::i64)
    return {cross_entropy(logits, batch.target, smoothing), nn::correct(logits, batch.target)};
  return {nn::soft_cross_entropy(logits, batch.target, smoothing), nn::correct(logits, argmax(batch.target))};
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

int train(const ClassifierSettings& settings, const std::string& config, const LabelledData& data,
          const Classifier& classifier) {
  fmt::print("{}: {} {}s to train on, {} to validate, {} to test, of {} classes\n", data.name, data.train.size,
             data.unit, data.validation.size, data.test.size, classifier.classes.size());
  fmt::print("{}: {} parameters, {:.1f} MFLOP for each {}\n", classifier.name(), classifier.module().parameter_count(),
             double(classifier.flops()) / 1e6, data.unit);

  const Index limit = train::limited(std::max(data.validation.size, data.test.size), settings.training);
  const Samples& shown = data.validation.size > 0 ? data.validation : data.train;
  std::optional<Json> evaluated;
  train::Task task{.samples = data.train.size, .metadata = to_metadata(classifier), .config = config};
  task.batch = [&](const std::vector<Index>& samples, const Generator& epoch) {
    return data.train.batch(samples, &epoch);
  };
  task.forward = [&](const train::Batch& batch) {
    return loss_of(classifier, batch, settings.training.label_smoothing);
  };
  if (data.validation.size > 0)
    task.validate = [&] {
      const Evaluation validation = evaluate(classifier, data.validation, limit);
      evaluated = evaluation_json("validation", validation, data.validation, data);
      return validation.score;
    };

  Run run{.model = classifier.name(), .flops = classifier.flops(), .page = description_json(classifier, data)};
  run.show = [&](Json& page) {
    if (evaluated) page["tested"] = *evaluated;
    page["looks"] = attention_json(classifier, shown, data);
  };
  std::optional<Evaluation> test;
  run.test = [&](Json& result) {
    if (data.validation.size > 0)
      result["validation_accuracy"] = evaluate(classifier, data.validation, limit).score.accuracy();
    test = evaluate(classifier, data.test, limit);
    result.update({{"test_correct", test->score.correct},
                   {"test_answers", test->score.predictions},
                   {"test_accuracy", test->score.accuracy()},
                   {"test_mean_class_accuracy", test->confusion.mean_class_accuracy()}});
    evaluated = evaluation_json("the test", *test, data.test, data);
  };
  if (!train_and_test(settings.training, classifier.module(), task, run)) return exit_stopped;
  report(*test, classifier.classes, std::filesystem::path(settings.training.out) / "confusion.csv");
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
