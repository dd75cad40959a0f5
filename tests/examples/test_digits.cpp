// The digits that the program draws, and what happens to images on their way into the model.
#include <algorithm>
#include <cmath>
#include <set>

#include "examples/mnist/digits.h"
#include "examples/mnist/draw.h"
#include "examples/mnist/tokens.h"
#include "tests/catch.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::mnist;
using namespace latent::test;

namespace {

std::set<std::vector<std::uint8_t>> images_of(const Dataset& dataset) {
  std::set<std::vector<std::uint8_t>> images;
  for (Index i = 0; i < dataset.size(); ++i) images.insert({dataset.image(i).begin(), dataset.image(i).end()});
  return images;
}

const Augmentation strong{.rotation = 10, .scale = 0.12, .shear = 0.2, .shift = 3.5, .elastic = 1};

}  // namespace

TEST_CASE("Drawn digits are the same for every number of threads, and differ by seed") {
  const Threads one(1);
  const Dataset digits = draw_digits(300, Generator(1));
  const Threads three(3);
  CHECK(draw_digits(300, Generator(1)).pixels == digits.pixels);
  CHECK(draw_digits(300, Generator(2)).pixels != digits.pixels);
}

TEST_CASE("Drawn digits are balanced, visible and inside the image") {
  const Dataset digits = draw_digits(1000, Generator(3));
  std::vector<int> count(classes);
  for (Index i = 0; i < digits.size(); ++i) {
    ++count[digits.labels[i]];
    double ink = 0;
    for (const std::uint8_t pixel : digits.image(i)) ink += pixel / 255.0;
    INFO("image " << i << " shows " << int(digits.labels[i]) << '\n' << draw({digits.image(i)}));
    CHECK(ink > 15);
    CHECK(ink < 300);
  }
  CHECK(count == std::vector<int>(classes, 100));
}

TEST_CASE("Training and test images of the drawn digits have nothing in common") {
  const Dataset train = draw_digits(Split::train), test = draw_digits(Split::test);
  CHECK(train.size() == 20000);
  CHECK(test.size() == 2000);
  const auto seen = images_of(train);
  CHECK(seen.size() == 20000);
  for (const auto& image : images_of(test)) CHECK(seen.count(image) == 0);
}

TEST_CASE("Without augmentation an image stays as it is") {
  const Dataset digits = draw_digits(1, Generator(4));
  const Pixels pixels = augment(digits.image(0), {}, Generator(5));
  CHECK(std::vector<float>(pixels.begin(), pixels.end()) ==
        std::vector<float>(digits.pixels.begin(), digits.pixels.end()));
}

TEST_CASE("A shift moves all ink alike") {
  std::vector<std::uint8_t> dot(image_size);
  dot[14 * side + 14] = 200;
  const Pixels moved = augment(Image(dot.data(), image_size), {.shift = 3}, Generator(6));
  double ink = 0, x = 0, y = 0;
  for (Index i = 0; i < image_size; ++i) ink += moved[i], x += moved[i] * (i % side), y += moved[i] * (i / side);
  CHECK(ink == Catch::Approx(200));
  CHECK(std::abs(x / ink - 14) <= 3);
  CHECK(std::abs(y / ink - 14) <= 3);
  CHECK(x / ink != Catch::Approx(14));
}

TEST_CASE("An elastic change bends a line without breaking it") {
  std::vector<std::uint8_t> line(image_size);
  for (Index y = 0; y < side; ++y)
    for (const Index x : {13, 14, 15}) line[y * side + x] = 200;
  const Pixels bent = augment(Image(line.data(), image_size), {.elastic = 1.5}, Generator(6));
  std::vector<double> middles;
  for (Index y = 0; y < side; ++y) {
    double ink = 0, x = 0;
    for (Index i = 0; i < side; ++i) ink += bent[y * side + i], x += bent[y * side + i] * double(i);
    REQUIRE(ink > 0);
    middles.push_back(x / ink);
  }
  const auto [least, most] = std::ranges::minmax(middles);
  CHECK(most - least > 1);
  for (std::size_t y = 1; y < middles.size(); ++y) CHECK(std::abs(middles[y] - middles[y - 1]) < 1);
}

TEST_CASE("A batch follows from generator and samples, whatever else is in it") {
  const Dataset digits = draw_digits(40, Generator(7));
  std::vector<Index> samples;
  for (Index i = 0; i < 40; ++i) samples.push_back(39 - i);
  const train::Batch whole = make_batch(digits, samples, 2, strong, Generator(8));
  CHECK(make_batch(digits, samples, 2, strong, Generator(8)).input.values() == whole.input.values());
  CHECK(make_batch(digits, samples, 2, strong, Generator(9)).input.values() != whole.input.values());

  const train::Batch single = make_batch(digits, {3}, 2, strong, Generator(8));
  const std::vector<double> all = whole.input.values();
  CHECK(single.input.values() == std::vector<double>(all.begin() + 36 * image_size, all.begin() + 37 * image_size));
  CHECK(single.target.values() == std::vector<double>{3});
}

TEST_CASE("Tokens are patches, normalised") {
  Dataset ramp{std::vector<std::uint8_t>(image_size), {5}};
  ramp.pixels[0] = 10, ramp.pixels[1] = 20, ramp.pixels[side] = 30, ramp.pixels[2] = 40;
  const Tensor pixels = make_batch(ramp, {0}, 1).input, patches = make_batch(ramp, {0}, 2).input;
  CHECK(pixels.shape() == Shape{1, 784, 1});
  CHECK(patches.shape() == Shape{1, 196, 4});
  const auto value = [](double pixel) { return Catch::Approx((pixel / 255 - 0.1307) / 0.3081); };
  CHECK(pixels.at({0, 1, 0}) == value(20));
  CHECK(patches.at({0, 0, 1}) == value(20));
  CHECK(patches.at({0, 0, 2}) == value(30));
  CHECK(patches.at({0, 1, 0}) == value(40));
  CHECK(patches.at({0, 195, 3}) == value(0));
}
