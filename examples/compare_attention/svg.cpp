#include "examples/compare_attention/svg.h"

#include <fmt/format.h>

#include "examples/report/table.h"

namespace latent::compare_attention {

std::string svg(double width, double height, const std::string& title, const std::string& content) {
  return fmt::format(
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}" role="img" aria-label="{2}">
<style>
svg {{ --ground: #fff; --text: #1c1f24; --pale: #5b6470; --rule: #d9dde3; --made: #cfdcf7; --weights: #f7d9c8; --kept: #cdeadf; --edge: #5b6470; max-width: 100%; height: auto; }}
@media (prefers-color-scheme: dark) {{ svg {{ --ground: #14161a; --text: #e8eaee; --pale: #a0a8b4; --rule: #343a43; --made: #28406f; --weights: #6b3a22; --kept: #1f5a47; --edge: #a0a8b4; }} }}
.ground {{ fill: var(--ground); }}
text {{ font: 11px system-ui, sans-serif; fill: var(--text); }}
text.title {{ font-size: 15px; font-weight: 600; }} text.name {{ font-size: 12px; font-weight: 600; }} text.pale {{ fill: var(--pale); }}
.made, .weights, .kept, .given {{ stroke: var(--edge); stroke-width: .75; }}
.made {{ fill: var(--made); }} .weights {{ fill: var(--weights); stroke-dasharray: 3 2; }} .kept {{ fill: var(--kept); }} .given {{ fill: var(--ground); }}
.rule {{ stroke: var(--rule); }} .curve {{ fill: none; stroke-width: 2; }} .between {{ stroke: var(--pale); fill: none; }}
</style>
<rect class="ground" width="{0:.0f}" height="{1:.0f}"/>
{3}</svg>
)svg",
      width, height, examples::html_escaped(title), content);
}

std::string svg_text(double x, double y, const std::string& text, const char* anchor, const char* classes) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y, anchor,
                     classes, examples::html_escaped(text));
}

}  // namespace latent::compare_attention
