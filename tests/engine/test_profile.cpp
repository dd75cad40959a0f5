#include <map>

#include "engine/engine.h"
#include "tests/catch.h"

using namespace latent;

namespace {

std::map<std::pair<std::string, bool>, ProfileEvent> by_name(const std::vector<ProfileEvent>& events) {
  std::map<std::pair<std::string, bool>, ProfileEvent> all;
  for (const ProfileEvent& event : events) all.insert({{event.name, event.backward}, event});
  return all;
}

}  // namespace

TEST_CASE("A profile counts the operations of products and the bytes of operands and results") {
  Generator generator(1);
  Tensor w = randn({5, 4}, generator).require_grad();
  const Tensor x = randn({3, 5}, generator);
  Profile profile;
  grad(sum(exp(matmul(x, transpose(transpose(w))))), {w});
  const auto events = by_name(profile.take());
  const auto at = [&](const char* name, bool backward = false) { return events.at({name, backward}); };

  CHECK(at("matmul").flops == 2 * 3 * 5 * 4);
  CHECK(at("matmul").bytes == 4 * (15 + 20 + 12));
  CHECK(at("exp").flops == 0);
  CHECK(at("exp").bytes == 4 * (12 + 12));
  CHECK(at("permute").bytes == 0);  // a view
  CHECK(at("matmul", true).flops == 2 * 5 * 3 * 4);
  CHECK(at("matmul", true).bytes == 4 * (12 + 15 + 20));  // the gradient, x, and the gradient of w
  CHECK(events.count({"mul", false}) == 0);               // the rules' own ops are theirs
}

TEST_CASE("A profile counts attention, forward, and backward what is wanted") {
  Generator generator(1);
  const Tensor k = randn({2, 1, 7, 3}, generator);
  Tensor q = randn({2, 4, 5, 3}, generator).require_grad(), v = randn({2, 1, 7, 6}, generator).require_grad();
  Profile profile;
  grad(sum(attention(q, k, v)), {q, v});
  const auto events = by_name(profile.take());
  const double rows = 2.0 * (2 * 4 * 5) * 7;
  CHECK(events.at({"attention", false}).flops == rows * (3 + 6));
  CHECK(events.at({"attention", true}).flops == rows * (2 * 3 + 2 * 6));  // scores and gq; weights' gradient and gv
}

TEST_CASE("A profile has ops without a gradient too") {
  const Tensor x = ones({4, 3});
  Profile profile;
  one_hot(argmax(x, 1), 3);
  const auto events = by_name(profile.take());
  CHECK(events.count({"argmax", false}) == 1);
  CHECK(events.count({"one_hot", false}) == 1);
}

TEST_CASE("The events of a profile follow each other without a gap") {
  Profile profile;
  const Tensor x = ones({1000});
  profile_mark("made");
  for (int i = 0; i < 3; ++i) exp(x);
  const std::vector<ProfileEvent> events = profile.take();
  REQUIRE(events.size() == 4);
  CHECK(std::string(events[0].name) == "made");
  double end = 0;
  for (const ProfileEvent& event : events) {
    CHECK(event.begin == Catch::Approx(end).margin(1e-9));
    CHECK(event.seconds >= 0);
    end = event.begin + event.seconds;
  }
  CHECK(profile.take().empty());
}

TEST_CASE("Without a profile nothing is written down") {
  profile_mark("nothing");
  exp(ones({3}));
  Profile profile;
  CHECK(profile.take().empty());
}
