// The SVG elements that the pictures need.  Colours follow the reader's system, dark or light, in separate files too.
#pragma once
#include <string>

namespace latent::compare_attention {

// A picture with this content; screen readers read its title.
std::string svg(double width, double height, const std::string& title, const std::string& content);

// `anchor`: start, middle or end
std::string svg_text(double x, double y, const std::string& text, const char* anchor = "start",
                     const char* classes = "");

}  // namespace latent::compare_attention
