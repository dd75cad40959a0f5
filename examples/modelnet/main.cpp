// Classifies clouds of points.  The code that all classifiers share is in examples/app/classifier_program.h, which
// calls the functions here.
#include <algorithm>

#include "examples/modelnet/settings.h"

using namespace latent;
using namespace latent::modelnet;

namespace {

examples::Samples test_of(const examples::Classifier& classifier, const examples::EvalSettings& settings) {
  const auto test = std::make_shared<Clouds>(load_clouds(examples::data_of(classifier, settings.data), Split::test));
  std::vector<Index> chosen = keep_classes(*test, classifier.classes);
  if (chosen.empty()) fail("{}: the test set has no cloud of the model's classes", settings.weights);
  const Index points = settings.points > 0 ? settings.points : classifier.input().tokens();
  return examples::select(samples_of(test, points), std::move(chosen));
}

examples::Question question(const examples::Classifier& classifier, const examples::PredictSettings& settings) {
  const Cloud cloud = cloud_of(settings.file, classifier.input().tokens(), Generator(*settings.seed));
  const Tensor input = Tensor::empty({1, Index(cloud.size()), 3});
  std::copy_n(cloud.front().data(), input.size(), input.mutable_data<float>());
  return {input};
}

}  // namespace

int main(int count, char** arguments) {
  Settings settings;
  const examples::ClassifierProgram program{
      .name = "modelnet",
      .help = "Classifies clouds of points with a Perceiver",
      .data_help =
          "Folder of ModelNet40, as meshes or as .npy: a path, or a name in data/ or in $LATENT_DATA; default: "
          "solids that the program makes",
      .predict_help = "Classify a mesh",
      .weights = "modelnet/modelnet40.safetensors",
      .settings = settings,
      .recipe =
          [&] {
            return settings.data.empty() ? examples::Recipe{"solids.toml", solids_toml}
                                         : examples::Recipe{"modelnet40.toml", modelnet40_toml};
          },
      .train_options =
          [&](CLI::App& train) {
            examples::add_fields(train, "Data", settings);
            examples::add_option(train, "--classes", settings.classes, "10: only the classes of ModelNet10; 0: all")
                ->check(CLI::IsMember({0, 10}))
                ->group("Data");
            examples::add_model_options(train, settings.model, {"permutation"});
          },
      .eval_options =
          [](CLI::App& eval, examples::EvalSettings& to_eval) {
            examples::add_option(eval, "--points", to_eval.points,
                                 "Number of points of each cloud; 0: as in the training")
                ->check(examples::between(Index{0}, most_points));
          },
      .predict_options =
          [](CLI::App& predict, examples::PredictSettings& to_predict) {
            predict.add_option("file", to_predict.file, "A mesh, as an OFF file")->required();
            examples::add_seed(predict, to_predict.seed.emplace(0), "Seed of the points on the mesh");
          },
      .load = [&] { return training_data(settings); },
      .check_model = check_model,
      .load_test = test_of,
      .read_input = question};
  return examples::run_program(program, count, arguments);
}
