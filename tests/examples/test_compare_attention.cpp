// The comparison of attentions: that what it draws and counts is what the layers do.
#include <cmath>

#include "examples/compare_attention/measure.h"
#include "examples/compare_attention/shapes.h"
#include "examples/report/table.h"
#include "tests/catch.h"
#include "tests/examples/process.h"
#include "tests/folder.h"

using namespace latent;
using namespace latent::compare_attention;
using namespace latent::test;

static const Settings small = {.tokens = 96, .latents = 8, .channels = 32, .code_channels = 12, .rotary_channels = 4};

// All but the softmax, which layers do not count.
static double products(const Diagram& diagram) {
  double all = 0;
  for (const Matrix& matrix : diagram.matrices)
    if (matrix.name != "softmax") all += matrix.flops;
  return all;
}

TEST_CASE("A table is told as text, as CSV and for a page") {
  examples::Table table;
  table.add({"name", "µs"});
  table.add({"a \"b\", c", "12.5"});
  CHECK(table.text() == "name        µs\na \"b\", c  12.5\n");
  CHECK(table.csv() == "name,µs\n\"a \"\"b\"\", c\",12.5\n");
  CHECK(contains(table.html(), "<tr><th scope=\"row\">a &quot;b&quot;, c</th><td>12.5</td></tr>"));
}

TEST_CASE("The drawn attentions cost what the layers say") {
  nn::Init init{.shapes_only = true};
  const std::vector<Diagram> all = diagrams(small);
  REQUIRE(all.size() == 3);
  CHECK(products(all[0]) == double(multi_head(small, small.heads, init).flops(96)));
  CHECK(products(all[1]) == double(latent_attention(small, nn::AttentionForm::plain, init).flops(8, 96)));
  CHECK(products(all[2]) == double(multi_head_latent(small, nn::AttentionForm::automatic, init).flops(96)));
  CHECK(all[0].flops() - products(all[0]) == 5.0 * 4 * 96 * 96);
  CHECK(all[1].bytes() == 4 * (2 * 8 * 32 + 2 * 96 * 32 + 2 * 4 * 8 * 96 + 8 * 32));

  // What is green is what the caches hold of a token.
  for (const int which : {0, 2}) {
    Index kept = 0;
    for (const Matrix& matrix : all[std::size_t(which)].matrices)
      if (matrix.remembered) kept += matrix.bytes() / 96;
    const nn::KVCache cache = which == 0 ? multi_head(small, small.heads, init).cache(1, 1)
                                         : multi_head_latent(small, nn::AttentionForm::automatic, init).cache(1, 1);
    CHECK(kept == 4 * cache.elements_per_token());
  }
}

TEST_CASE("Sizes are told in the unit that fits") {
  CHECK(flops_text(0) == "0 FLOP");
  CHECK(flops_text(692'060'160) == "692 MFLOP");
  CHECK(flops_text(1e9) == "1 GFLOP");
  CHECK(bytes_text(1.5 * 1024 * 1024) == "1.5 MiB");
  CHECK(bytes_text(512) == "512 B");
}

TEST_CASE("The exponent is the slope of the last four points on logarithmic axes") {
  CHECK(std::abs(exponent({1, 2, 4, 8}, {3, 12, 48, 192}) - 2) < 1e-12);
  CHECK(std::abs(exponent({1, 2, 4, 8, 16, 32}, {1e9, 1e9, 5, 5, 5, 5})) < 1e-12);
  CHECK(std::isnan(exponent({64}, {1})));
}

TEST_CASE("Every form is measured, with the products of its layer, until the limits") {
  Settings settings = small;
  settings.most_tokens = 256;
  settings.seconds = 1000;  // however busy the machine is
  const std::vector<Curve> curves = measure(settings);
  REQUIRE(curves.size() == 5);
  nn::Init init{.shapes_only = true};
  const double folding = 2 * 2.0 * 32 * 32;  // of the input norm's bias into two maps
  for (const Curve& curve : curves) {
    CAPTURE(curve.form);
    REQUIRE(curve.points.size() == 3);
    CHECK(curve.end.empty());
    for (const Point& point : curve.points) {
      CHECK(point.forward.seconds > 0);
      CHECK(point.backward.seconds > 0);
      CHECK(point.backward.bytes >= point.forward.bytes / 2);
      CHECK(point.backward.flops > point.forward.flops);
      if (curve.form.starts_with("multi-head"))
        CHECK(point.forward.flops == double(multi_head(settings, settings.heads, init).flops(point.tokens)));
      if (curve.form == "latent, composed" || curve.form == "latent, fused")
        CHECK(point.forward.flops ==
              double(latent_attention(settings, nn::AttentionForm::plain, init).flops(8, point.tokens)) + folding);
    }
    // Composed, all the weights are there at once; fused, they never are.
    const double weights = 4.0 * 4 * 256 * (curve.form.starts_with("latent") ? 8 : 256);
    CHECK((curve.points.back().forward.bytes > weights) == (curve.form != "multi-head, fused"));
  }

  settings.gigabytes = 0.001;
  const std::vector<Curve> short_of_memory = measure(settings);
  CHECK(short_of_memory[0].points.size() == 2);
  CHECK(contains(short_of_memory[0].end, "256 tokens would need about"));
  settings.gigabytes = 4;
  settings.seconds = 1e-9;
  CHECK(contains(measure(settings)[4].end, "256 tokens would take about"));
}

TEST_CASE("compare_attention makes a page that needs nothing else, pictures and numbers") {
  const Program program("compare_attention");
  const Result result = program({"--most-tokens", "256", "--channels", "32", "--out", program.run.string()});
  CHECK(result.code == 0);
  CHECK(contains(result.output, "multi-head, fused"));
  CHECK(contains(result.output, "MLA, absorbed"));
  const std::string page = read(program.run / "compare_attention.html");
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "src="));
  for (const char* name : {"shapes", "time", "memory", "flops", "cache"}) {
    const std::string picture = read(program.run / (std::string(name) + ".svg"));
    CAPTURE(name);
    CHECK(picture.starts_with("<svg xmlns="));
    CHECK(contains(page, picture));
    CHECK_FALSE(contains(picture, "nan"));
  }
  CHECK(read(program.run / "measured.csv").starts_with("form,tokens,pass,seconds,peak_bytes,flops\n"));
  for (const char* name : {"shapes.csv", "exponents.csv", "cache.csv"}) CHECK_FALSE(read(program.run / name).empty());
}

TEST_CASE("compare_attention refuses sizes that do not fit together") {
  const Program program("compare_attention");
  const Result uneven = program({"--channels", "10", "--heads", "4"});
  CHECK(uneven.code == 1);
  CHECK(contains(uneven.output, "--channels 10 do not split into --heads 4"));
  const Result odd = program({"--rotary-channels", "3"}), shared = program({"--kv-heads", "3"});
  CHECK(odd.code == 1);
  CHECK(contains(shared.output, "4 query heads cannot share 3 key/value heads evenly"));
  CHECK(program({"--tokens", "many"}).code != 0);
}
