// The weights in the repository: `eval` and `predict` work with them at once, and as well as docs/results.md says.
#include <cmath>
#include <png.h>

#include "examples/mnist/dataset.h"
#include "tests/catch.h"
#include "tests/examples/process.h"

using namespace latent;
using namespace latent::test;

namespace {

// In percent, by `eval` without --weights; levels and compilers may round one or two answers to the other side.
double accuracy(const Program& program, const std::string& data) {
  const Result result = program({"eval", "--data", data});
  CAPTURE(result.output);
  REQUIRE(result.code == 0);
  const std::size_t at = result.output.find("test accuracy: ");
  REQUIRE(at != std::string::npos);
  return std::stod(result.output.substr(at + 15));
}

std::string prediction(const Program& program, const Path& file) {
  const Result result = program({"predict", file.string()});
  CAPTURE(result.output);
  REQUIRE(result.code == 0);
  const std::size_t at = result.output.find("\nprediction: ");
  REQUIRE(at != std::string::npos);
  return result.output.substr(at + 13, result.output.find('\n', at + 1) - at - 13);
}

// As a person may have drawn it: `zoom` times as large, black on a white sheet, anywhere on it.
Path drawn(const Folder& folder, mnist::Image digit, unsigned zoom, unsigned left, unsigned top) {
  constexpr unsigned width = 640, height = 480;
  std::vector<std::uint8_t> sheet(width * height, 255);
  for (unsigned y = 0; y < zoom * mnist::side; ++y)
    for (unsigned x = 0; x < zoom * mnist::side; ++x)
      sheet[(top + y) * width + left + x] = std::uint8_t(255 - digit[y / zoom * mnist::side + x / zoom]);
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = width, image.height = height, image.format = PNG_FORMAT_GRAY;
  const Path file = folder.path / "drawn.png";
  REQUIRE(png_image_write_to_file(&image, file.c_str(), 0, sheet.data(), 0, nullptr) != 0);
  return file;
}

// Boxes from one corner to the other, as one OFF file.
std::string boxes(const std::vector<std::array<double, 6>>& corners) {
  std::string vertices, faces;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    for (unsigned corner = 0; corner < 8; ++corner)
      vertices += fmt::format("{} {} {}\n", corners[i][corner & 1 ? 3 : 0], corners[i][corner & 2 ? 4 : 1],
                              corners[i][corner & 4 ? 5 : 2]);
    for (const auto& [a, b, c, d] : std::vector<std::array<std::size_t, 4>>{
             {0, 1, 3, 2}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 3, 7, 6}, {0, 2, 6, 4}, {1, 3, 7, 5}})
      faces += fmt::format("4 {} {} {} {}\n", 8 * i + a, 8 * i + b, 8 * i + c, 8 * i + d);
  }
  return fmt::format("OFF\n{} {} 0\n{}{}", 8 * corners.size(), 6 * corners.size(), vertices, faces);
}

}  // namespace

TEST_CASE("The weights that come with mnist read its test images", "[slow]") {
  if (data_folder("mnist")) CHECK(std::abs(accuracy(Program("mnist"), "mnist") - 99.44) < 0.05);
}

TEST_CASE("The weights that come with mnist read digits drawn on a sheet") {
  if (!data_folder("mnist")) return;
  const Program mnist("mnist");
  const mnist::Dataset test = mnist::load_dataset("mnist", mnist::Split::test);
  constexpr Index digits = 20;
  Index right = 0;
  for (Index i = 0; i < digits; ++i) {
    const Path file = drawn(mnist, test.image(i), unsigned(3 + i % 12), unsigned(11 * i), unsigned(5 * i));
    right += prediction(mnist, file) == std::to_string(test.labels[i]);
  }
  CHECK(right >= digits - 1);
}

TEST_CASE("The weights that come with audio hear the recordings of the official test, each in its file") {
  const Program audio("audio");
  const char* data = std::getenv("LATENT_DATA");
  Path folder = data ? Path(data) / "spoken-digits" : Path();  // as scripts/download.sh leaves it
  if (!std::filesystem::is_directory(folder / "recordings")) {
    if (!data_folder("fsdd")) return;
    folder = audio.path;
    const std::string unpack = "tar -xzf " + (*data_folder("fsdd") / "fsdd_recordings.tar.gz").string() + " -C ";
    REQUIRE(std::system((unpack + folder.string()).c_str()) == 0);
  }
  CHECK(std::abs(accuracy(audio, folder.string()) - 99.33) < 0.34);
  const std::vector<std::string> names = {"zero", "one", "two",   "three", "four",
                                          "five", "six", "seven", "eight", "nine"};
  Index right = 0;
  for (std::size_t digit = 0; digit < names.size(); ++digit)
    right += prediction(audio, folder / "recordings" / fmt::format("{}_jackson_0.wav", digit)) == names[digit];
  CHECK(right >= 9);
}

TEST_CASE("The weights that come with modelnet tell what meshes are") {
  const Program modelnet("modelnet");
  const auto is = [&](const char* name, const std::vector<std::array<double, 6>>& parts) {
    CHECK(prediction(modelnet, modelnet.write("mesh.off", boxes(parts))) == name);
  };
  const auto with_legs = [](double high, std::vector<std::array<double, 6>> parts) {
    const auto [left, front, low, right, back, top] = parts.front();
    for (const double x : {left, right - 0.1})
      for (const double y : {front, back - 0.1}) parts.push_back({x, y, 0, x + 0.1, y + 0.1, high});
    return parts;
  };
  is("table", with_legs(0.9, {{-1, -0.9, 0.9, 1, 0.9, 0.98}}));
  is("chair", with_legs(0.5, {{-0.5, -0.5, 0.5, 0.5, 0.5, 0.6}, {-0.5, 0.42, 0.6, 0.5, 0.5, 1.5}}));
  std::vector<std::array<double, 6>> shelf = {
      {-0.5, -0.15, 0, -0.46, 0.15, 2}, {0.46, -0.15, 0, 0.5, 0.15, 2}, {-0.5, 0.13, 0, 0.5, 0.15, 2}};
  for (const double height : {0.0, 0.4, 0.8, 1.2, 1.6, 1.96})
    shelf.push_back({-0.5, -0.15, height, 0.5, 0.15, height + 0.04});
  is("bookshelf", shelf);
}

TEST_CASE("The weights that come with modelnet tell its test clouds", "[slow]") {
  if (data_folder("modelnet40")) CHECK(std::abs(accuracy(Program("modelnet"), "modelnet40") - 89.47) < 0.15);
}
