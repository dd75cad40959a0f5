// Configs of Perceiver and PerceiverIo as text and back.
#include "models/perceiver_io.h"

namespace latent::models {

static const Names& names(Placement) {
  static const Names all = {"interleaved", "at_start"};
  return all;
}
static const Names& names(Sharing) {
  static const Names all = {"none", "after_first", "all"};
  return all;
}

template <class Config, class Visit>
requires std::same_as<std::remove_const_t<Config>, PerceiverConfig>
static void for_each_field(Config& c, Visit visit) {
  for_each_field(c.input, visit);
  visit("latents", c.latents);
  visit("channels", c.channels);
  visit("cross_attends", c.cross_attends);
  visit("towers", c.towers);
  visit("blocks", c.blocks);
  visit("cross_heads", c.cross_heads);
  visit("heads", c.heads);
  visit("cross_width", c.cross_width);
  visit("widening", c.widening);
  visit("cross_sharing", c.cross_sharing);
  visit("tower_sharing", c.tower_sharing);
  visit("placement", c.placement);
  visit("dropout", c.dropout);
  visit("cross_form", c.cross_form);
  visit("final_norm", c.final_norm);
  visit("zero_head", c.zero_head);
  visit("latent_deviation", c.latent_deviation);
  visit("classes", c.classes);
}

Metadata to_metadata(const PerceiverConfig& config) { return to_metadata("perceiver", config); }
PerceiverConfig perceiver_config(const Metadata& metadata) {
  return from_metadata<PerceiverConfig>("perceiver", metadata);
}

template <class Config, class Visit>
requires std::same_as<std::remove_const_t<Config>, PerceiverIoConfig>
static void for_each_field(Config& c, Visit visit) {
  for_each_field(c.encoder, visit);
  visit("output_grid", c.output_grid);
  visit("query_channels", c.query_channels);
  visit("decoder_heads", c.decoder_heads);
  visit("query_residual", c.query_residual);
}

Metadata to_metadata(const PerceiverIoConfig& config) { return to_metadata("perceiver_io", config); }
PerceiverIoConfig perceiver_io_config(const Metadata& metadata) {
  return from_metadata<PerceiverIoConfig>("perceiver_io", metadata);
}

}  // namespace latent::models
