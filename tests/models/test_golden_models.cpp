// Whole models against PyTorch: the loss, and the gradient of every parameter and of the input.
#include "models/perceiver_io.h"
#include "models/transformer.h"
#include "tests/golden/golden.h"

using namespace latent;
using namespace latent::models;

namespace {

// As in tests/golden/models.py.
PerceiverConfig paper() {
  PerceiverConfig config;
  config.input.grid = {4, 3};
  config.input.input_channels = 2;
  config.input.bands = 3;
  config.input.nyquist_frequency = 2;
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
  config.input.positions = Positions::learned;
  config.input.position_channels = 3;
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
  config.input.grid = {11};
  config.input.input_channels = 0;
  config.input.own_axes = 3;
  config.cross_sharing = Sharing::all;
  config.tower_sharing = Sharing::none;
  config.blocks = 1;
  config.cross_heads = 2;
  return config;
}

PerceiverIoConfig io(bool grid) {
  PerceiverIoConfig config{.encoder = paper()};
  config.encoder.cross_attends = 1;
  config.query_residual = grid;
  if (grid)
    config.output_grid = {2, 3};
  else
    config.query_channels = 6, config.decoder_heads = 2;
  return config;
}

}  // namespace

TEST_CASE("golden: whole models agree with PyTorch, loss and every gradient") {
  using Make = std::function<std::pair<nn::Module, Function>(nn::Init&, nn::AttentionForm)>;
  const auto with_loss = [](const auto& model) {
    return std::pair<nn::Module, Function>(model,
                                           [model](const Tensors& x) { return cross_entropy(model(x[0]), x[1], 0.1); });
  };
  const auto perceiver = [&](PerceiverConfig config) -> Make {
    return [=](nn::Init& init, nn::AttentionForm form) mutable {
      config.cross_form = form;
      return with_loss(Perceiver(config, init));
    };
  };
  const auto perceiver_io = [&](PerceiverIoConfig config) -> Make {
    return [=](nn::Init& init, nn::AttentionForm form) mutable {
      config.encoder.cross_form = form;
      return with_loss(PerceiverIo(config, init));
    };
  };
  const auto transformer = [&](const PerceiverConfig& config) -> Make {
    const TransformerConfig sizes{
        .input = config.input, .layers = 2, .channels = 8, .heads = 2, .widening = 2, .classes = 5};
    return [=](nn::Init& init, nn::AttentionForm) { return with_loss(Transformer(sizes, init)); };
  };
  const std::map<std::string, Make> models = {{"paper", perceiver(paper())},
                                              {"learned", perceiver(learned())},
                                              {"cloud", perceiver(cloud())},
                                              {"io.single", perceiver_io(io(false))},
                                              {"io.grid", perceiver_io(io(true))},
                                              {"transformer.grid", transformer(paper())},
                                              {"transformer.learned", transformer(learned())},
                                              {"transformer.cloud", transformer(cloud())}};
  const golden::Cases cases = golden::load_cases("models");
  golden::check_complete(cases, models);
  for (const auto& [name, golden] : cases) {
    for (const DType dtype : {DType::f64, DType::f32}) {
      for (const auto form : {nn::AttentionForm::plain, nn::AttentionForm::absorbed}) {
        INFO(name << " in " << to_string(dtype) << (form == nn::AttentionForm::plain ? ", plain" : ", absorbed"));
        nn::Init init{.dtype = dtype};
        const auto [model, loss] = models.at(name)(init, form);
        golden::check_layer(model, loss, golden, dtype);
      }
    }
  }
}
