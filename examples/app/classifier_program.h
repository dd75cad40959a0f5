// A program that trains a classifier, tests it, and asks it for the class of one input.  Each data set describes here what is
// its own.
#pragma once
#include "examples/app/classification.h"
#include "examples/app/classifier_settings.h"
#include "examples/app/options.h"

namespace latent::examples {

// What a training needs, loaded.
struct TrainingData {
  LabelledData samples;
  std::vector<std::string> classes;
  models::PerceiverConfig model;  // of the settings, with what follows from the data: its input and number of classes
  train::Metadata metadata;       // for the model's file: "data", and what else testing needs to know
};

struct EvalSettings {
  std::string weights;
  std::optional<std::string> data;  // by default that of the training
  std::string confusion;            // file for the table, as CSV; empty: none
  int threads = 0;
  Index points = 0;  // of clouds: of each; 0: as many as in the training
};

struct PredictSettings {
  std::string weights, file;
  int threads = 0;
  std::optional<std::string> data;    // of programs that take an input from a test set; by default that of the training
  Index index = 0;                    // likewise: which one
  std::optional<std::uint64_t> seed;  // of programs that draw an input at random
};

struct Question {
  Tensor input;           // (1, T, input channels)
  std::string note = {};  // printed behind the prediction
};

struct ClassifierProgram {
  std::string name, help, data_help, predict_help;
  std::string weights = {};  // that come with the project, such as "mnist/mnist.safetensors" in examples/; empty: none
  ClassifierSettings& settings;
  std::function<Recipe()> recipe;                                                 // for the settings as they were given
  std::function<void(CLI::App& train)> train_options;                             // further ones, and the model's
  std::function<void(CLI::App& eval, EvalSettings& settings)> eval_options = {};  // further ones; may be empty
  std::function<void(CLI::App& predict, PredictSettings& settings)> predict_options;

  std::function<TrainingData()> load;  // by the settings
  CheckModel check_model;
  // The test set for a model.  Error if its classes are others.
  std::function<Samples(const Classifier& classifier, const EvalSettings& settings)> load_test;
  std::function<Question(const Classifier& classifier, const PredictSettings& settings)> read_input;
};

// The folder of the data set to test a model with.
std::string data_of(const Classifier& classifier, const std::optional<std::string>& given);

// Trains, then tests the epoch that was best on validation; returns the exit code.  The folder of the run holds config.toml
// (of the text `config`), checkpoints, metrics, report.html, and at the end result.json and confusion.csv.
int train(const ClassifierSettings& settings, const std::string& config, const LabelledData& data,
          const Classifier& classifier);

// What main() does: the commands train, eval, predict and runs, and those that `more` adds.  Returns the exit code.
int run_program(const ClassifierProgram& program, int count, char** arguments,
                const std::function<std::vector<Command>(CLI::App& app)>& more = {});

}  // namespace latent::examples
