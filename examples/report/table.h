// A table: lines of cells, the first of them the heading.  Output as text, as CSV or as HTML.
#pragma once
#include <string>
#include <vector>

namespace latent::examples {

class Table {
 public:
  void add(std::vector<std::string> cells) { lines_.push_back(std::move(cells)); }

  std::string text() const;  // columns side by side: the first on the left, numbers on the right
  std::string csv() const;   // cells with a comma or a quotation mark are quoted
  std::string html() const;  // a <table>

 private:
  std::vector<std::vector<std::string>> lines_;
};

std::string html_escaped(const std::string& text);

}  // namespace latent::examples
