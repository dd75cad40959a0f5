// A training with its page: from the first step to the test of the best weights.
#pragma once
#include <nlohmann/json.hpp>

#include "examples/report/report.h"
#include "train/trainer.h"

namespace latent::examples {

// What the folder of a run says beside the training itself.
struct Run {
  std::string model;                            // the name of its kind, as in "Perceiver IO"
  Index flops;                                  // of one sample
  Json page;                                    // title, unit and more: write_report()
  std::function<void(Json& page)> show = {};    // puts into the page what the model does as it is now
  std::function<void(Json& result)> test = {};  // of the best weights, for result.json; may be empty
};

// Trains `model` into the folder settings.out, with report.html after each epoch; then tests the weights of the best epoch
// and writes result.json.  Returns false, without a test, if a signal asked to stop.
bool train_and_test(const train::Settings& settings, const nn::Module& model, train::Task task, Run run);

}  // namespace latent::examples
