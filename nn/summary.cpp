#include "nn/summary.h"

#include <algorithm>

namespace latent::nn {

static std::string with_commas(Index number) {
  std::string digits = std::to_string(number);
  for (Index i = Index(digits.size()) - 3; i > 0; i -= 3) digits.insert(std::size_t(i), ",");
  return digits;
}

std::string summary_table(const Parameters& parameters, std::optional<Index> flops) {
  std::size_t name_width = 12, shape_width = 9;
  Index total = 0;
  for (const auto& [name, tensor] : parameters) {
    name_width = std::max(name_width, name.size());
    shape_width = std::max(shape_width, to_string(tensor.shape()).size());
    total += tensor.size();
  }
  const auto row = [&](const std::string& name, const std::string& shape, const std::string& count) {
    return fmt::format("{:<{}}  {:<{}}  {:>15}\n", name, name_width, shape, shape_width, count);
  };
  std::string table = row("parameter", "shape", "numbers");
  for (const auto& [name, tensor] : parameters)
    table += row(name, to_string(tensor.shape()), with_commas(tensor.size()));
  table += row("total", "", with_commas(total));
  if (flops) table += row("forward FLOP", "", with_commas(*flops));
  return table;
}

}  // namespace latent::nn
