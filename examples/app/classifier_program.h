// A program that trains a classifier, tests it, and classifies single inputs.  ClassifierProgram holds the parts that
// differ between data sets.
#pragma once
#include "examples/app/classification.h"
#include "examples/app/classifier_settings.h"
#include "examples/app/options.h"

namespace latent::examples {

// The loaded data of a training, and the model for them.
struct TrainingData {
  LabelledData samples;
  std::vector<std::string> classes;
  models::PerceiverConfig model;  // sizes from the settings; input and number of classes from the data
  train::Metadata metadata;       // for the model's file: "data", and further entries that testing needs
};

struct EvalSettings {
  std::string weights;
  std::optional<std::string> data;  // default: the data of the training
  std::string confusion;            // file for the table, as CSV; empty: none
  int threads = 0;
  Index points = 0;  // for clouds: points of each; 0: as in the training
};

struct PredictSettings {
  std::string weights, file;
  int threads = 0;
  std::optional<std::string> data;    // for inputs from a test set; default: the data of the training
  Index index = 0;                    // likewise: number of the sample
  std::optional<std::uint64_t> seed;  // for inputs that are drawn at random
};

struct Question {
  Tensor input;           // (1, T, input channels)
  std::string note = {};  // printed after the prediction
};

struct ClassifierProgram {
  std::string name, help, data_help, predict_help;
  std::string weights = {};  // shipped weights, such as "mnist/mnist.safetensors" in examples/; empty: none
  ClassifierSettings& settings;
  std::function<Recipe()> recipe;                      // default recipe for the given settings
  std::function<void(CLI::App& train)> train_options;  // adds options of data and model
  std::function<void(CLI::App& eval, EvalSettings& settings)> eval_options = {};  // adds options; may be empty
  std::function<void(CLI::App& predict, PredictSettings& settings)> predict_options;

  std::function<TrainingData()> load;  // the data that the settings name
  CheckModel check_model;
  // The test set for a model.  Error if the classes differ.
  std::function<Samples(const Classifier& classifier, const EvalSettings& settings)> load_test;
  std::function<Question(const Classifier& classifier, const PredictSettings& settings)> read_input;
};

// The folder of the test data: `given`, or else the folder of the training.
std::string data_of(const Classifier& classifier, const std::optional<std::string>& given);

// Trains, then tests the epoch with the best validation result; returns the exit code.  The folder of the run gets
// config.toml (with the text `config`), checkpoints, metrics, report.html, and at the end result.json and
// confusion.csv.
int train(const ClassifierSettings& settings, const std::string& config, const LabelledData& data,
          const Classifier& classifier);

// The body of main(): runs one of the commands train, eval, predict and runs, or one that `more` adds.  Returns the
// exit code.
int run_program(const ClassifierProgram& program, int count, char** arguments,
                const std::function<std::vector<Command>(CLI::App& app)>& more = {});

}  // namespace latent::examples
