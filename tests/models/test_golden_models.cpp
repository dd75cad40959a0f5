// Whole models against PyTorch: the loss, and the gradient of every parameter and of the input.
#include "models/perceiver.h"
#include "tests/golden/golden.h"

using namespace latent;
using namespace latent::models;

namespace {

// As in tests/golden/models.py.
PerceiverConfig paper() {
  PerceiverConfig config;
  config.grid = {4, 3};
  config.input_channels = 2;
  config.bands = 3;
  config.nyquist_frequency = 2;
  config.latents = 4;
  config.channels = 8;
  config.cross_attends = 3;
  config.blocks = 2;
  config.heads = 2;
  config.cross_width = 8;
  config.classes = 5;
  return config;
}

PerceiverConfig learned() {
  PerceiverConfig config = paper();
  config.positions = Positions::learned;
  config.position_channels = 3;
  config.cross_attends = 2;
  config.cross_sharing = config.tower_sharing = Sharing::none;
  config.placement = Placement::at_start;
  config.widening = 2;
  config.cross_heads = 2;
  config.cross_width = 6;
  config.final_norm = true;
  return config;
}

PerceiverConfig cloud() {
  PerceiverConfig config = paper();
  config.grid = {11};
  config.input_channels = 0;
  config.own_axes = 3;
  config.cross_sharing = Sharing::all;
  config.tower_sharing = Sharing::none;
  config.blocks = 1;
  config.cross_heads = 2;
  return config;
}

}  // namespace

TEST_CASE("golden: whole Perceivers agree with PyTorch, loss and every gradient") {
  const std::map<std::string, PerceiverConfig> configs = {
      {"paper", paper()}, {"learned", learned()}, {"cloud", cloud()}};
  const golden::Cases cases = golden::load_cases("models");
  golden::check_complete(cases, configs);
  for (const auto& [name, golden] : cases) {
    for (const DType dtype : {DType::f64, DType::f32}) {
      for (const auto form : {nn::AttentionForm::plain, nn::AttentionForm::absorbed}) {
        INFO(name << " in " << to_string(dtype) << (form == nn::AttentionForm::plain ? ", plain" : ", absorbed"));
        PerceiverConfig config = configs.at(name);
        config.cross_form = form;
        nn::Init init{.dtype = dtype};
        const Perceiver perceiver(config, init);
        const auto loss = [&](const Tensors& x) { return cross_entropy(perceiver(x[0]), x[1], 0.1); };
        golden::check_layer(perceiver, loss, golden, dtype);
      }
    }
  }
}
