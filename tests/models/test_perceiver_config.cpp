#include "models/perceiver_io.h"
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
  CHECK(from_metadata<PerceiverConfig>(to_metadata(unusual())) == unusual());
  CHECK(from_metadata<PerceiverConfig>(to_metadata(PerceiverConfig())) == PerceiverConfig{});
}

TEST_CASE("the text of a config can be read by people, and every field is in it") {
  const Metadata text = to_metadata(unusual()), other = to_metadata(PerceiverConfig());
  CHECK(text.at("perceiver.grid") == "16x8x4");
  CHECK(text.at("perceiver.nyquist_frequency") == "0.1");
  CHECK(text.at("perceiver.tower_sharing") == "after_first");
  CHECK(text.at("perceiver.final_norm") == "true");
  for (const auto& [key, value] : text) {
    CAPTURE(key);
    if (key.starts_with("perceiver.")) CHECK(other.at(key) != value);
  }
}

TEST_CASE("metadata that describe no Perceiver are told, all at once") {
  Metadata text = to_metadata(PerceiverConfig());
  text["epoch"] = "3";  // someone else's
  CHECK(from_metadata<PerceiverConfig>(text) == PerceiverConfig{});
  text["perceiver.grid"] = "28x";
  text["perceiver.latents"] = "32.5";
  text["perceiver.placement"] = "sideways";
  text["perceiver.zero_head"] = "yes";
  text["perceiver.colour"] = "blue";
  CHECK(error_of([&] { from_metadata<PerceiverConfig>(text); }) ==
        "the metadata do not describe a perceiver:\n"
        "  value: perceiver.grid is \"28x\"\n"
        "  value: perceiver.latents is \"32.5\"\n"
        "  value: perceiver.placement is \"sideways\"\n"
        "  value: perceiver.zero_head is \"yes\"\n"
        "  unknown: perceiver.colour");
}

TEST_CASE("a field that the metadata lack keeps its default, and format 1 had no kind") {
  const Metadata old = {{"perceiver.latents", "7"}, {"perceiver.cross_sharing", "after_first"}};
  CHECK(from_metadata<PerceiverConfig>(old) == PerceiverConfig{.latents = 7});
  Metadata text = to_metadata(unusual());
  text.erase("perceiver.latents");
  PerceiverConfig expected = unusual();
  expected.latents = PerceiverConfig{}.latents;
  CHECK(from_metadata<PerceiverConfig>(text) == expected);
  text["perceiver.tower_sharing"] = "after-first";  // as options are written
  CHECK(from_metadata<PerceiverConfig>(text) == expected);
}

TEST_CASE("metadata of another kind or of a newer format are refused") {
  const Metadata text = to_metadata(PerceiverConfig());
  CHECK(text.at("kind") == "perceiver");
  CHECK(!text.contains("format"));  // safetensors' own key, where other loaders look for "pt"
  CHECK(is_kind("perceiver", text));
  CHECK(error_of([&] { from_metadata<PerceiverIoConfig>(text); }) ==
        "a perceiver_io expected, and the metadata describe a perceiver");
  CHECK(error_of([&] {
          from_metadata<PerceiverConfig>({{"perceiver_io.latents", "3"}});
        }) == "a perceiver expected, and the metadata describe none");
  Metadata newer = text;
  newer["format_version"] = "3";
  CHECK(error_of([&] { from_metadata<PerceiverConfig>(newer); }) ==
        "the perceiver is of format version 3, and 2 is the newest that is known here");
}
