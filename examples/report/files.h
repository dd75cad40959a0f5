// The files of this folder, as text in the program.  uplot.js and uplot.css are uPlot 1.6.32 (license: uplot.LICENSE).
#pragma once

namespace latent::examples {

extern const char* const uplot_js;
extern const char* const uplot_css;
extern const char* const page_css;
extern const char* const charts_js;
extern const char* const report_js;
extern const char* const runs_js;

}  // namespace latent::examples
