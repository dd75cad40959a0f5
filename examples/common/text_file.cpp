#include "examples/common/text_file.h"

#include <fstream>
#include <sstream>

#include "engine/atomic_file.h"
#include "engine/shape.h"
#include "examples/common/program.h"

namespace latent::examples {

std::string read_text(const std::string& file) {
  need(file);
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  if (!input || !text) fail("{}: cannot be read", file);
  return text.str();
}

void write_text(const std::string& file, const std::string& text) {
  AtomicFile output(file);
  output.write(text.data(), static_cast<Index>(text.size()));
  output.commit();
}

}  // namespace latent::examples
