// All that `modelnet train` can be told, and what follows from it.
#pragma once
#include "examples/common/classification.h"
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
};

struct Settings : examples::ClassifierSettings {
  Augmentation augmentation;
  Index points = 1024;  // of a cloud that the model sees
  Index classes = 0;    // 10: only those of ModelNet10; 0: all
};

void add_options(CLI::App& app, Settings& settings);

// In training so many points of a cloud are chosen by chance, and then changed; else they are its first ones.
Change training_changes(const Settings& settings);

// input: (B, points, 3); target: the labels, (B), i64.  Error if a cloud has fewer points.
examples::Samples samples_of(const Clouds& clouds, Index points,
                             const Change& changes = {});  // as long as `clouds` lives

struct Data {
  Clouds train, test;
  std::vector<Index> in_train, in_test;  // which clouds of each are of the classes that were asked for
};
Data load_data(const Settings& settings);
examples::LabelledData labelled(const Settings& settings, const Data& data);  // as long as `data` lives

models::PerceiverConfig model_config(const Settings& settings, Index classes);
void check_model(const models::InputConfig& input);  // Error if it does not read points

}  // namespace latent::modelnet
