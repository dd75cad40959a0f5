#include "train/graph_file.h"

#include <spawn.h>
#include <sys/wait.h>

#include "engine/atomic_file.h"

extern char** environ;

namespace latent::train {

// True if `dot` started and succeeded.
static bool render(const std::string& dot, const std::string& svg) {
  std::string words[] = {"dot", "-Tsvg", "-o", svg, dot};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), words[4].data(), nullptr};
  pid_t process;
  int status = 1;
  return posix_spawnp(&process, arguments[0], nullptr, nullptr, arguments, environ) == 0 &&
         waitpid(process, &status, 0) == process && status == 0;
}

void write_graph(const std::filesystem::path& folder, const Tensor& loss, const std::vector<Named>& leaves) {
  const std::filesystem::path dot = folder / "graph.dot", svg = folder / "graph.svg";
  write_text(dot, draw_graph(loss, leaves));
  const bool drawn = render(dot.string(), svg.string());
  fmt::print("graph: {}\n",
             drawn ? svg.string() : dot.string() + " (not drawn: Graphviz's dot is not installed or failed)");
}

}  // namespace latent::train
