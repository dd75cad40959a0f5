// Options of `modelnet`, and the model and data that they select.
#pragma once
#include "examples/app/classifier_program.h"
#include "examples/modelnet/augment.h"
#include "examples/modelnet/dataset.h"

namespace latent::modelnet {

// How much a cloud may change; all zero leaves it as it is.
struct Augmentation {
  double scale = 0, shift = 0, jitter = 0, radial = 0, turn = 0;
  bool mirror = false;
  double mix = 0;

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    using models::Field;
    visit("scale", c.scale, Field{"Largest random scaling of each axis; 0.25: by 1 / 1.25 to 1.25", 0, 10});
    visit("shift", c.shift, Field{"Largest random shift along each axis", 0, 10});
    visit("jitter", c.jitter, Field{"Standard deviation of the noise on each coordinate", 0, 1});
    visit("radial", c.radial, Field{"Largest random scaling of each point; 0.01: by 0.99 to 1.01", 0, 0.9});
    visit("turn", c.turn, Field{"Largest random turn about the vertical, degrees", 0, 180});
    visit("mirror", c.mirror, Field{"Mirror left and right, and front and back, at random"});
    visit("mix", c.mix,
          Field{"Mixup: probability that a cloud gets points of another one, and a share of its label", 0, 1});
  }
};

inline constexpr Index most_points = 100'000;  // of a cloud

struct Settings : examples::ClassifierSettings {
  Augmentation augmentation;
  Index points = 1024, training_points = 0;
  Index classes = 0;  // 10: only the classes of ModelNet10; 0: all

  template <class Config, class Visit> static void fields(Config& c, Visit visit) {
    using models::Field;
    visit("points", c.points, Field{"Number of points of a cloud that the model sees", 1, most_points});
    visit("training_points", c.training_points,
          Field{"Number of points in training, chosen at random; 0: the same as --points", 0, most_points});
    Augmentation::fields(c.augmentation, visit);
  }
};

// The recipe files of this folder, as part of the program.
extern const char* const solids_toml;
extern const char* const modelnet40_toml;

// Samples with input (B, points, 3), the first points of each cloud, and target i64 (B), the labels.  Error if the
// clouds have fewer points.
examples::Samples samples_of(std::shared_ptr<const Clouds> clouds, Index points);

// The same with the augmentation of the settings: random points, random changes, and mixup with clouds of `partners`, each
// changed as it would be in this epoch.  With mixup the target is shares of the classes, (B, classes).
examples::Samples training_samples_of(std::shared_ptr<const Clouds> clouds, const Settings& settings,
                                      const std::vector<Index>& partners);

examples::TrainingData training_data(const Settings& settings);

models::PerceiverConfig model_config(const Settings& settings, Index classes);
void check_model(const models::InputConfig& input);  // Error if it does not read points

}  // namespace latent::modelnet
