#pragma once
#include "examples/compare_attention/measure.h"

namespace latent::compare_attention {

// Draws and measures, prints a summary, and writes to the folder `out`
//   compare_attention.html                                           the page, which needs no other file and no network
//   shapes.svg, time.svg, memory.svg, flops.svg, cache.svg           its pictures
//   shapes.csv, measured.csv, exponents.csv, cache.csv               its numbers
// Returns the exit code.
int compare(const Settings& settings);

}  // namespace latent::compare_attention
