#include "examples/app/classifier_program.h"

#include <nlohmann/json.hpp>

#include "examples/app/config.h"
#include "examples/app/program.h"
#include "examples/app/train_command.h"
#include "examples/app/training_options.h"
#include "examples/report/classification_report.h"
#include "examples/report/run.h"
#include "examples/report/runs.h"
#include "nn/losses.h"
#include "train/stop.h"

namespace latent::examples {
namespace {

train::BatchResult loss_of(const Classifier& classifier, const train::Batch& batch, double smoothing) {
  const Tensor logits = classifier(batch.input);
  if (batch.target.dtype() == DType::i64)
    return {cross_entropy(logits, batch.target, smoothing), nn::correct(logits, batch.target)};
  return {nn::soft_cross_entropy(logits, batch.target, smoothing), nn::correct(logits, argmax(batch.target))};
}

void add_weights(CLI::App& app, std::string& chosen, const std::string& shipped) {
  const bool some = !shipped.empty();
  if (some) chosen = LATENT_EXAMPLES_FOLDER "/" + shipped;
  add_option(
      app, "--weights", chosen,
      some ? "best.safetensors of a run; default: the weights that come with the project" : "best.safetensors of a run")
      ->required(!some)
      ->default_str("");  // the help text names the default; an absolute path would not help
}

void add_threads(CLI::App& app, int& threads) {
  add_option(app, "--threads", threads, "Number of threads; 0: all that the process may use")->check(between(0, 4096));
}

CLI::App& add_train(CLI::App& app, const ClassifierProgram& program) {
  CLI::App& train = *app.add_subcommand("train", "Train a model and test it");
  add_options(train, program.settings.training, true);
  add_resume(train, program.settings.training);
  add_data_options(train, program.settings, program.data_help);
  program.train_options(train);
  add_model_kind(train, program.settings.kind);
  return train;
}

CLI::App& add_eval(CLI::App& app, const ClassifierProgram& program, EvalSettings& settings) {
  CLI::App& eval = *app.add_subcommand("eval", "Test a trained model");
  add_weights(eval, settings.weights, program.weights);
  eval.add_option("--data", settings.data, "Folder of the data set; default: the data of the training");
  eval.add_option("--confusion", settings.confusion, "Write the confusion matrix into this file, as CSV");
  add_threads(eval, settings.threads);
  if (program.eval_options) program.eval_options(eval, settings);
  return eval;
}

CLI::App& add_predict(CLI::App& app, const ClassifierProgram& program, PredictSettings& settings) {
  CLI::App& predict = *app.add_subcommand("predict", program.predict_help);
  add_weights(predict, settings.weights, program.weights);
  add_threads(predict, settings.threads);
  program.predict_options(predict, settings);
  return predict;
}

int train(const ClassifierProgram& program, const std::string& config) {
  const ClassifierSettings& settings = program.settings;
  start(settings.training.threads, settings.training.seed);
  train::catch_stop_signals();
  const TrainingData data = program.load();
  nn::Init init{.generator = train::weights_generator(settings.training.seed)};
  const Classifier classifier =
      make_classifier(model_config(settings.kind, data.model), init, data.classes, data.metadata);
  return train(settings, config, data.samples, classifier);
}

int eval(const ClassifierProgram& program, const EvalSettings& settings) {
  start(settings.threads, {});
  const Classifier classifier = load_classifier(settings.weights, program.name, program.check_model);
  const Samples samples = program.load_test(classifier, settings);
  report(evaluate(classifier, samples, samples.size), classifier.classes, settings.confusion);
  return 0;
}

int predict(const ClassifierProgram& program, const PredictSettings& settings) {
  start(settings.threads, settings.seed);
  const Classifier classifier = load_classifier(settings.weights, program.name, program.check_model);
  const auto [input, note] = program.read_input(classifier, settings);
  const Index best = print_answer(classifier, input);
  fmt::print("prediction: {}{}\n", classifier.classes[std::size_t(best)], note);
  return 0;
}

}  // namespace

std::string data_of(const Classifier& classifier, const std::optional<std::string>& given) {
  return given ? *given : classifier.metadata_value("data");
}

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

int run_program(const ClassifierProgram& program, int count, char** arguments,
                const std::function<std::vector<Command>(CLI::App& app)>& more) {
  return run_program(program.name.c_str(), count, arguments, [&](const std::vector<std::string>& words) {
    CLI::App app(program.help, program.name);
    EvalSettings to_eval;
    PredictSettings to_predict;
    std::string runs;
    CLI::App& training = add_train(app, program);
    const RecipeChoice recipe(training, program.settings.training);
    std::vector<Command> commands = {
        {&training, [&] { return train(program, config_text(training)); }, [&] { recipe.apply(program.recipe()); }},
        {&add_eval(app, program, to_eval), [&] { return eval(program, to_eval); }},
        {&add_predict(app, program, to_predict), [&] { return predict(program, to_predict); }}};
    if (more) std::ranges::move(more(app), std::back_inserter(commands));
    commands.push_back({&add_runs(app, runs), [&] { return list_runs(runs); }});
    return run_commands(app, words, commands);
  });
}

}  // namespace latent::examples
