// All that `modelnet train` can be told, and what follows from it.
#pragma once
#include "examples/app/classification.h"
#include "examples/app/classifier_settings.h"
#include "examples/modelnet/augment.h"
#include "examples/modelnet/dataset.h"

namespace latent::modelnet {

// The largest change of each kind; all zero leaves a cloud as it is.
struct Augmentation {
  double scale = 0;   // of each axis, as a fraction of it
  double shift = 0;   // along each axis
  double jitter = 0;  // of each coordinate: a standard deviation
  double radial = 0;  // of each point's distance from the middle, as a fraction of it
  double turn = 0;    // about the vertical, degrees
  bool mirror = false;
  double mix = 0;  // probability that a cloud gets points of another one
};

struct Settings : examples::ClassifierSettings {
  Augmentation augmentation;
  Index points = 1024;        // of a cloud that the model sees
  Index training_points = 0;  // chosen by chance in each step of the training; 0: as many
  Index classes = 0;          // 10: only those of ModelNet10; 0: all
};

void add_options(CLI::App& app, Settings& settings);

// input: (B, points, 3), the first ones of each; target: the labels, (B), i64.  Error if a cloud has fewer points.
examples::Samples samples_of(const Clouds& clouds, Index points);  // as long as `clouds` lives

// The same, but by chance as the settings say: other points, changed, and mixed with those of others of the batch, and then
// the target: shares of the classes, (B, classes).
examples::Samples training_samples_of(const Clouds& clouds, const Settings& settings);  // likewise

struct Data {
  Clouds train, test;
  std::vector<Index> in_train, in_test;  // which clouds of each are of the classes that were asked for
};
Data load_data(const Settings& settings);
examples::LabelledData labelled(const Settings& settings, const Data& data);  // as long as `data` lives

models::PerceiverConfig model_config(const Settings& settings, Index classes);
void check_model(const models::InputConfig& input);  // Error if it does not read points

}  // namespace latent::modelnet
