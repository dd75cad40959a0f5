// The commands of any classifier: train, eval, predict.
#pragma once
#include "examples/app/classification.h"
#include "examples/app/classifier_settings.h"

namespace latent::examples {

// Weights that come with the project, such as "mnist/mnist.safetensors" in examples/.
std::string shipped(const std::string& file);

// What `eval` of any classifier can be told.
struct EvalSettings {
  std::string weights;
  std::optional<std::string> data;  // by default that of the training
  std::string confusion;            // file for the table, as CSV; empty: none
  int threads = 0;
};
// The command, for further options.  Without --weights it takes `weights`, which come with the project, if any do.
CLI::App& add_eval(CLI::App& app, EvalSettings& settings, const std::string& weights = "");

// What `predict` of any classifier can be told.
struct PredictSettings {
  std::string weights, file;
  int threads = 0;
};
// Likewise; without the option for the file.
CLI::App& add_predict(CLI::App& app, PredictSettings& settings, const std::string& help,
                      const std::string& weights = "");

// Trains, then tests the epoch that was best on validation; returns the exit code.  The folder of the run holds config.toml
// (of the text `config`), checkpoints, metrics, report.html, and at the end result.json and confusion.csv.
int train(const ClassifierSettings& settings, const std::string& config, const LabelledData& data,
          const Classifier& classifier);

}  // namespace latent::examples
