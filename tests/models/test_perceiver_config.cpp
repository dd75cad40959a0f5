#include "models/perceiver.h"
#include "tests/nn/check.h"

using namespace latent;
using namespace latent::models;
using namespace latent::test;

namespace {

// No field has its default.
PerceiverConfig unusual() {
  return {.input = {.grid = {16, 8, 4},
                    .input_channels = 3,
                    .own_axes = 2,
                    .positions = Positions::learned,
                    .bands = 7,
                    .nyquist_frequency = 0.1,
                    .position_channels = 5,
                    .neighbourhood = 0.5,
                    .permutation = 6},
          .latents = 9,
          .channels = 10,
          .cross_attends = 4,
          .towers = 6,
          .blocks = 1,
          .cross_heads = 2,
          .heads = 5,
          .cross_width = 12,
          .widening = 3,
          .cross_sharing = Sharing::none,
          .tower_sharing = Sharing::after_first,
          .placement = Placement::at_start,
          .dropout = 1.0 / 3,
          .cross_form = nn::AttentionForm::absorbed,
          .final_norm = true,
          .zero_head = false,
          .latent_deviation = 1,
          .classes = 40};
}

}  // namespace

TEST_CASE("a config survives being written as text") {
  CHECK(perceiver_config(to_metadata(unusual())) == unusual());
  CHECK(perceiver_config(to_metadata({})) == PerceiverConfig{});
}

TEST_CASE("the text of a config can be read by people, and every field is in it") {
  const Metadata text = to_metadata(unusual()), other = to_metadata({});
  CHECK(text.at("perceiver.grid") == "16x8x4");
  CHECK(text.at("perceiver.nyquist_frequency") == "0.1");
  CHECK(text.at("perceiver.tower_sharing") == "after_first");
  CHECK(text.at("perceiver.final_norm") == "true");
  for (const auto& [key, value] : text) {
    CAPTURE(key);
    CHECK(other.at(key) != value);
  }
}

TEST_CASE("metadata that describe no Perceiver are told, all at once") {
  Metadata text = to_metadata({});
  text["epoch"] = "3";  // someone else's
  CHECK(perceiver_config(text) == PerceiverConfig{});
  text.erase("perceiver.heads");
  text["perceiver.grid"] = "28x";
  text["perceiver.latents"] = "32.5";
  text["perceiver.placement"] = "sideways";
  text["perceiver.zero_head"] = "yes";
  text["perceiver.colour"] = "blue";
  CHECK(error_of([&] { perceiver_config(text); }) ==
        "the metadata do not describe a perceiver:\n"
        "  value: perceiver.grid is \"28x\"\n"
        "  value: perceiver.latents is \"32.5\"\n"
        "  missing: perceiver.heads\n"
        "  value: perceiver.placement is \"sideways\"\n"
        "  value: perceiver.zero_head is \"yes\"\n"
        "  unknown: perceiver.colour");
}
