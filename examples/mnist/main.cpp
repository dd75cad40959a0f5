// Reads handwritten digits.  The code that all classifiers share is in examples/app/classifier_program.h, which calls
// the functions here.
#include "examples/app/config.h"
#include "examples/app/train_command.h"
#include "examples/app/training_options.h"
#include "examples/mnist/draw.h"
#include "examples/mnist/png.h"
#include "examples/mnist/settings.h"
#include "examples/mnist/tokens.h"

using namespace latent;
using namespace latent::mnist;

namespace {

examples::Samples test_of(const examples::Classifier& classifier, const examples::EvalSettings& settings) {
  if (classifier.classes != class_names()) fail("{}: its classes are not the digits 0 to 9", settings.weights);
  const auto test = std::make_shared<Dataset>(load_dataset(examples::data_of(classifier, settings.data), Split::test));
  return samples_of(test, patch_of(classifier.input()));
}

void add_image(CLI::App& predict, examples::PredictSettings& settings) {
  CLI::App& image = *predict.add_option_group("Image", "One of")->require_option(1);
  image.add_option("file", settings.file, "A PNG of a digit");
  image.add_option("--index", settings.index, "Number of an image in the test set")
      ->check(examples::between(0, 1'000'000));
  predict.add_option("--data", settings.data, "Folder of the test set; default: the data of the training");
}

Dataset one_image(Image image, std::uint8_t label) { return {{image.begin(), image.end()}, {label}}; }

Dataset from_test_set(const std::string& data, Index index) {
  const Dataset test = load_dataset(data, Split::test);
  if (index >= test.size()) fail("--index {}: the test set has images 0 to {}", index, test.size() - 1);
  return one_image(test.image(index), test.labels[std::size_t(index)]);
}

examples::Question question(const examples::Classifier& classifier, const examples::PredictSettings& settings) {
  const bool is_file = !settings.file.empty();
  const Dataset image = is_file ? one_image(read_png(settings.file), 0)
                                : from_test_set(examples::data_of(classifier, settings.data), settings.index);
  fmt::print("{}", draw({image.image(0)}));
  return {make_batch(image, {0}, patch_of(classifier.input())).input,
          is_file ? "" : fmt::format(", label: {}", image.labels[0])};
}

void add_reconstruct_options(CLI::App& command, Settings& settings) {
  examples::add_options(command, settings.training, false);
  examples::add_resume(command, settings.training);
  examples::add_data_options(command, settings, data_help);
  add_model_options(command, settings);
  examples::add_option(command, "--visible", settings.visible, "Patches of each image that the model sees")
      ->check(examples::between(Index{1}, Index{image_size}))
      ->group("Model");
}

}  // namespace

int main(int count, char** arguments) {
  Settings settings, to_reconstruct;
  const examples::ClassifierProgram program{.name = "mnist",
                                            .help = "Reads handwritten digits with a Perceiver",
                                            .data_help = data_help,
                                            .predict_help = "Read the digit in an image",
                                            .weights = "mnist/mnist.safetensors",
                                            .settings = settings,
                                            .recipe =
                                                [&] {
                                                  return settings.data.empty()
                                                             ? examples::Recipe{"digits.toml", digits_toml}
                                                             : examples::Recipe{"mnist.toml", mnist_toml};
                                                },
                                            .train_options =
                                                [&](CLI::App& train) {
                                                  examples::add_fields(train, "Data", settings.augmentation);
                                                  add_model_options(train, settings);
                                                },
                                            .predict_options = add_image,
                                            .load = [&] { return training_data(settings); },
                                            .check_model = check_model,
                                            .load_test = test_of,
                                            .read_input = question};
  std::optional<examples::RecipeChoice> recipe;
  return examples::run_program(program, count, arguments, [&](CLI::App& app) -> std::vector<examples::Command> {
    CLI::App& command = *app.add_subcommand("reconstruct", "Train a Perceiver IO to complete images, and show some");
    add_reconstruct_options(command, to_reconstruct);
    recipe.emplace(command, to_reconstruct.training);
    return {{&command, [&] { return reconstruct(to_reconstruct, examples::config_text(command)); },
             [&] {
               recipe->apply({"reconstruct.toml", reconstruct_toml});
             }}};
  });
}
