// All that `mnist train` can be told, and what follows from it.
#pragma once
#include "examples/app/classification.h"
#include "examples/app/classifier_settings.h"
#include "examples/mnist/augment.h"

namespace latent::mnist {

struct Settings : examples::ClassifierSettings {
  Augmentation augmentation;
  Index patch = 2;     // each token is patch x patch pixels
  Index visible = 49;  // of `reconstruct`: patches that are seen
};

void add_options(CLI::App& app, Settings& settings);
void add_reconstruct_options(CLI::App& app, Settings& settings);  // without --model

struct Data {
  Dataset train, test;
  Index training;  // the first so many images of `train`; those that follow are held out
};
Data load_data(const Settings& settings);
std::string data_name(const Settings& settings);  // as in "drawn digits"

// Only with augmentation are they changed at random.  As long as `dataset` lives.
examples::Samples samples_of(const Dataset& dataset, Index patch, const Augmentation& largest = {});
examples::LabelledData labelled(const Settings& settings, const Data& data);  // as long as `data` lives

models::PerceiverConfig model_config(const Settings& settings);  // with the input that follows from the patch
Index patch_of(const models::InputConfig& input);                // the other way round
void check_model(const models::InputConfig& input);              // Error if it does not read digits

}  // namespace latent::mnist
