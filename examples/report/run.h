// A training with its page: from the first step to the test of the best weights.
#pragma once
#include <nlohmann/json.hpp>

#include "examples/report/report.h"
#include "train/trainer.h"

namespace latent::examples {

// The contents of the page and of result.json, beside the training itself.
struct Run {
  std::string model;                            // the name of its kind, as in "Perceiver IO"
  Index flops;                                  // of one sample
  Json page;                                    // title, unit and more: write_report()
  std::function<void(Json& page)> show = {};    // adds results of the present weights to the page
  std::function<void(Json& result)> test = {};  // of the best weights, for result.json; may be empty
};

// Trains `model` into the folder settings.out and writes report.html after each epoch; then tests the weights of the
// best epoch and writes result.json.  Returns false, without a test, if a signal asked to stop.
bool train_and_test(const train::Settings& settings, const nn::Module& model, train::Task task, Run run);

}  // namespace latent::examples
