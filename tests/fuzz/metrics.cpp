// A run that goes on after some rows of the metrics that are there, and their curves.
#include "train/metrics.h"

#include <nlohmann/json.hpp>

#include "examples/report/report.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {

void read(std::string_view input) {
  if (input.empty()) return;
  const std::string_view table = input.substr(1);
  write(folder() / "metrics.csv", table);
  write(folder() / "metrics.jsonl", table);
  train::Metrics(folder(), input[0] & 3).write({{"epoch", 1}, {"loss", 0.5}, {"validation_loss", {}}});
  examples::curves_of(folder() / "metrics.csv").dump();
  examples::curves_of(file_of(table)).dump();
}

std::vector<std::string> seeds() {
  return {"0", "\1epoch,step,loss,validation_loss\n1,1,0.5,\n1,2,0.25,0.125\n",
          "\2epoch,learning_rate\n1,1e-310\n2,inf\n3,-nan\n", "\3step,step,\r\n1e309,-0\r\n1,2,3,4\n"};
}

}  // namespace latent::fuzz
