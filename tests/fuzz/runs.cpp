// The folder of a run, as `runs` lists it: metrics.csv, config.toml, result.json, with a zero byte between them.
#include "examples/report/runs.h"

#include "tests/fuzz/harness.h"

namespace latent::fuzz {

void read(std::string_view input) {
  const auto in = parts(input, 3);
  const std::filesystem::path run = folder() / "runs" / "one";
  std::filesystem::create_directories(run);
  write(run / "metrics.csv", in[0]);
  write(run / "config.toml", in[1]);
  write(run / "result.json", in[2]);
  examples::list_runs((folder() / "runs").string());
}

std::vector<std::string> seeds() {
  using namespace std::string_literals;
  return {
      "epoch,loss,validation_loss,samples_per_second\n1,0.5,,\n2,0.25,0.125,99\n\0epochs=2\nout=\"x\"\n\0"
      R"({"parameters": 5, "test_accuracy": 0.9})"s,
      "epoch,validation_accuracy\n1,1e-310\n\0a=[1,2]\n\0[]"s, "\0epochs=\n[x]\n\0{\"parameters\": \"many\"}"s};
}

}  // namespace latent::fuzz
