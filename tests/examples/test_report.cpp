// What the page of a run is made of, and the list of runs.  That browsers show it: tests/pages.py.
#include "examples/report/report.h"

#include <nlohmann/json.hpp>

#include "examples/app/program.h"
#include "examples/report/classification_report.h"
#include "examples/report/runs.h"
#include "tests/catch.h"
#include "tests/folder.h"

using namespace latent;
using namespace latent::examples;
using namespace latent::test;

static std::vector<int> bytes_of(const std::string& base64) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<int> bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char letter : base64) {
    if (letter == '=') break;
    bits = bits << 6 | unsigned(digits.find(letter));
    if ((held += 6) >= 8) bytes.push_back(int(bits >> (held -= 8) & 255));
  }
  return bytes;
}

TEST_CASE("Values become bytes between their limits, in base64") {
  for (const std::size_t size : {0u, 1u, 2u, 3u, 4u, 300u}) {
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i) values.push_back(double(i % 256));
    const std::string text = as_bytes(values, 0, 255);
    CHECK(text.size() == (size + 2) / 3 * 4);
    CHECK(bytes_of(text) == std::vector<int>(values.begin(), values.end()));
  }
  CHECK(bytes_of(as_bytes(std::vector{-9.0, -1.0, 0.0, 1.0, 9.0}, -1, 1)) == std::vector{0, 0, 128, 255, 255});
  CHECK(bytes_of(as_bytes(std::vector{3.0, 3.0}, 3, 3)) == std::vector{0, 0});
  CHECK(as_bytes(std::vector{77.0, 97.0, 110.0}, 0, 255) == "TWFu");
  CHECK(as_bytes(std::vector{77.0}, 0, 255) == "TQ==");
}

TEST_CASE("Curves are means of the rows of metrics.csv, and validation keeps each of its own") {
  const Folder folder;
  std::string csv =
      "epoch,step,learning_rate,loss,accuracy,gradient_norm,samples_per_second,validation_loss,validation_accuracy\n";
  for (int step = 1; step <= 1500; ++step)
    csv += fmt::format("{},{},0.5,{},0.25,nan,100,{}\n", 1 + (step - 1) / 500, step, step,
                       step % 500 == 0 ? fmt::format("{},0.5", step / 1000.0) : ",");
  const Json all = curves_of(folder.write("metrics.csv", csv));
  const Json& curves = all["curves"];
  REQUIRE(curves["loss"].size() == 500);
  CHECK(curves["loss"][0] == 2.0);  // of 1, 2 and 3
  CHECK(curves["step"][499] == 1499.0);
  CHECK(curves["gradient_norm"][0].is_null());
  CHECK(all["validation"]["step"] == Json({500, 1000, 1500}));
  CHECK(all["validation"]["loss"] == Json({0.5, 1.0, 1.5}));
  CHECK(all["validation"]["accuracy"] == Json({0.5, 0.5, 0.5}));
  CHECK(all["epoch"] == 3.0);

  const Json tiny = curves_of(folder.write("metrics.csv", "step,loss,accuracy\n1,1e-311,1e-400\n2,3e-311,0\n3,9,"));
  CHECK(tiny["curves"]["loss"] == Json({1e-311, 3e-311}));  // the last row is being written
  CHECK(tiny["curves"]["accuracy"] == Json({0, 0}));
  CHECK(tiny["step"] == 2);

  const Json none = curves_of(folder.path / "nothing.csv");
  CHECK(none["curves"]["loss"] == Json::array());
  CHECK(none["step"].is_null());
}

TEST_CASE("A page is whole in itself, and no text can end the element that holds it") {
  const std::string text = page("draw();", {{"title", "</script><script>alert(1)"}});
  CHECK(!contains(text, "</script><script>alert"));
  CHECK(contains(text, "\\u003c/script>\\u003cscript>alert"));
  for (const char* from_elsewhere : {"src=", "@import", "url(", "fetch(", "XMLHttpRequest"})
    CHECK(!contains(text, from_elsewhere));
}

TEST_CASE("Looks hold the scores and the weights of a Perceiver, and their entropy") {
  const models::PerceiverConfig config{
      .input = {.grid = {2, 3}, .input_channels = 1, .bands = 2, .nyquist_frequency = 1, .permutation = 5},
      .latents = 3,
      .channels = 8,
      .cross_heads = 2,
      .heads = 2,
      .classes = 2};
  nn::Init init{.generator = Generator(1)};
  const Classifier classifier = make_classifier(config, init, {"a", "b"}, {});
  Generator generator(2);
  const Tensor inputs = randn({4, 6, 1}, generator);
  Samples samples{4, [&](const std::vector<Index>& chosen, const Generator*) -> train::Batch {
                    const Index i = chosen[0];
                    return {slice(inputs, 0, i, i + 1), tensor({double(i / 2)}, DType::i64)};
                  }};
  const LabelledData data{.name = "noise", .unit = "thing", .picture = [](const Tensor& tokens) {
                            return Picture{"image", reshape(tokens, {2, 3})};
                          }};
  const Json all = attention_json(classifier, samples, data);
  REQUIRE(all.size() == 2);  // samples 0 and 2: one of each class
  CHECK(all[1]["label"] == 1);
  CHECK(all[0]["picture"]["shape"] == Json({2, 3}));

  const Tensors scores = classifier.scores(slice(inputs, 0, 0, 1));
  REQUIRE(all[0]["attends"].size() == scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const Json& attend = all[0]["attends"][i];
    const Tensor weights = mean(softmax(scores[i]), {0, 1});  // over the heads, (N, T)
    const std::vector<int> after = bytes_of(attend["after"].get<std::string>());
    REQUIRE(after.size() == 18);
    for (Index latent = 0; latent < 3; ++latent) {
      double most = 0, entropy = 0;
      for (Index token = 0; token < 6; ++token)
        most = std::max(most, weights.values()[std::size_t(latent * 6 + token)]);
      for (Index head = 0; head < 2; ++head)
        for (const double p : select(select(select(softmax(scores[i]), 0, 0), 0, head), 0, latent).values())
          entropy -= p * std::log2(p) / 2;
      CHECK(attend["peak"][latent].get<double>() == Catch::Approx(most).epsilon(1e-3));
      CHECK(attend["entropy"][latent].get<double>() == Catch::Approx(entropy).epsilon(1e-3));
      for (Index token = 0; token < 6; ++token)
        CHECK(after[std::size_t(latent * 6 + token)] ==
              Catch::Approx(255 * weights.values()[std::size_t(latent * 6 + token)] / most).margin(0.51));
    }
  }
}

TEST_CASE("Scores come in the order of the input, whatever order the model reads it in") {
  const models::PerceiverConfig config{.input = {.grid = {5}, .input_channels = 1, .bands = 2, .nyquist_frequency = 2},
                                       .latents = 2,
                                       .channels = 8,
                                       .cross_attends = 1,
                                       .blocks = 0,
                                       .heads = 2};
  models::PerceiverConfig permuted = config;
  permuted.input.permutation = 3;
  nn::Init first{.generator = Generator(1)}, second{.generator = Generator(1)};
  Generator generator(4);
  const Tensor input = randn({1, 5, 1}, generator);
  const models::Perceiver plain(config, first), other(permuted, second);
  CHECK(max(abs(plain.scores(input)[0] - other.scores(input)[0])).item() < 1e-6);
}

TEST_CASE("Runs are listed side by side, with the options in which they differ") {
  const Folder folder;
  const std::string head = "epoch,step,loss,accuracy,validation_loss,validation_accuracy,samples_per_second\n";
  for (const std::string name : {"first", "second"}) {
    std::filesystem::create_directories(folder.path / name);
    folder.write(name + "/metrics.csv", head + "1,1,2.5,0.1,2.25,0.2,100\n2,2,1.5,0.2,2.5,0.3,90\n");
    folder.write(name + "/config.toml", "epochs=2\nout=\"" + name + "\"\nseed=" + (name == "first" ? "1" : "2") + "\n");
  }
  folder.write("first/result.json", R"({"parameters": 12, "test_accuracy": 0.25})");
  CHECK(list_runs(folder.path.string()) == 0);
  const std::string html = read(folder.path / "runs.html");
  CHECK(contains(html, R"("options":["seed"])"));
  CHECK(contains(html, R"("cells":["first","2/2","12","2.2500","30.00","25.00","90"],"options":["1"])"));
  CHECK(contains(html, R"("cells":["second","2/2","-","2.2500","30.00","-","90"],"options":["2"])"));

  // What is broken in one run hides neither the run nor the others.
  for (const char* broken : {"{", "[1]", R"({"parameters": 12, "test_accuracy": null})"}) {
    folder.write("second/result.json", broken);
    folder.write("second/metrics.csv", "loss,validation_loss\n3,2\n");
    CHECK(list_runs(folder.path.string()) == 0);
    const std::string page = read(folder.path / "runs.html");
    CHECK(contains(page, R"("cells":["first","2/2","12","2.2500","30.00","25.00","90"])"));
    CHECK(contains(page, R"(,"2.0000","-","-","-"],"options":["2"])"));
  }
  folder.write("second/metrics.csv", head + "1,1,2.5,0.1,2.25,0.2,1e-311\n2,2,oops,0.2,2.5,0.3,90\n2,2,1");
  for (const std::string broken : {"epochs=2\nlr = 0,1\n", "", "epochs=\"\xff\"\n"}) {
    folder.write("second/config.toml", broken);
    CHECK(list_runs(folder.path.string()) == 0);
    const std::string page = read(folder.path / "runs.html");
    CHECK(contains(page, R"("cells":["first","2/2","12","2.2500","30.00","25.00","90"])"));
    CHECK(contains(page, R"("cells":["second","2/?","12","2.2500","30.00","-","90"])"));
  }
  CHECK(contains(error_of([&] { list_runs((folder.path / "none").string()); }), "no runs found"));
}
