// Options of `mnist`, and the model and data that they select.
#pragma once
#include <memory>

#include "examples/app/classifier_program.h"
#include "examples/mnist/augment.h"

namespace latent::mnist {

// The recipe files of this folder, as part of the program.
extern const char* const digits_toml;
extern const char* const mnist_toml;
extern const char* const reconstruct_toml;

inline constexpr const char* data_help =
    "Folder with the four files of MNIST: a path, or a name in data/ or in $LATENT_DATA; default: digits that the "
    "program draws";

struct Settings : examples::ClassifierSettings {
  Augmentation augmentation;
  Index patch = 2;     // each token is patch x patch pixels
  Index visible = 49;  // of `reconstruct`: patches that the model sees
};

void add_model_options(CLI::App& app, Settings& settings);

// The images to train on, to validate with and to test with.
struct Data {
  Dataset train, test;
  Index train_size;  // the number of images of `train` to learn from; the images after them are held out
};
Data load_data(const Settings& settings);
std::string data_name(const Settings& settings);  // as in "drawn digits"

// `largest` bounds the random changes in training; by default there are none.
examples::Samples samples_of(std::shared_ptr<const Dataset> dataset, Index patch, const Augmentation& largest = {});
examples::TrainingData training_data(const Settings& settings);

models::PerceiverConfig model_config(const Settings& settings);  // with the input that follows from the patch
Index patch_of(const models::InputConfig& input);                // the patch that this input follows from
void check_model(const models::InputConfig& input);              // Error if it does not read digits

// Trains a Perceiver IO to complete images of which it sees a few patches, and shows some.  `config` is the text of
// config.toml.  Returns the exit code.
int reconstruct(const Settings& settings, const std::string& config);

}  // namespace latent::mnist
