// The weights in the repository: `eval` and `predict` work with them at once, and as well as docs/results.md says.
#include <cmath>

#include "tests/catch.h"
#include "tests/examples/clouds.h"
#include "tests/examples/process.h"

using namespace latent;
using namespace latent::test;

namespace {

// In percent, by `eval` without --weights; levels and compilers may round one or two answers to the other side.
double accuracy(const std::string& program, const std::string& data) {
  const Program run(program);
  const Result result = run({"eval", "--data", data});
  CAPTURE(result.output);
  REQUIRE(result.code == 0);
  const std::size_t at = result.output.find("test accuracy: ");
  REQUIRE(at != std::string::npos);
  return std::stod(result.output.substr(at + 15));
}

}  // namespace

TEST_CASE("The weights that come with mnist read its test images", "[slow]") {
  if (data_folder("mnist")) CHECK(std::abs(accuracy("mnist", "mnist") - 99.27) < 0.05);
}

TEST_CASE("The weights that come with audio hear the recordings of the official test", "[slow]") {
  if (data_folder("spoken-digits")) CHECK(std::abs(accuracy("audio", "spoken-digits") - 99.33) < 0.34);
}

TEST_CASE("The weights that come with modelnet look at a mesh") {
  const Program modelnet("modelnet");
  const Result mesh = modelnet({"predict", modelnet.write("square.off", square).string()});
  CHECK(mesh.code == 0);
  CHECK(contains(mesh.output, "\nprediction: "));
}

TEST_CASE("The weights that come with modelnet tell its test clouds", "[slow]") {
  if (data_folder("modelnet40")) CHECK(std::abs(accuracy("modelnet", "modelnet40") - 88.86) < 0.15);
}
