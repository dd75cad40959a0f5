// The little of SVG that the pictures need.  Their colours follow the reader's system, dark or light, also in a file of
// their own.
#pragma once
#include <string>

namespace latent::compare_attention {

// `content` in a picture that a screen reader calls `title`.
std::string svg(double width, double height, const std::string& title, const std::string& content);

// `anchor`: start, middle or end
std::string svg_text(double x, double y, const std::string& text, const char* anchor = "start",
                     const char* classes = "");

}  // namespace latent::compare_attention
