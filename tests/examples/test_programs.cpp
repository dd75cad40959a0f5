// The program `mnist` as a user runs it.
#include <png.h>

#include <cmath>
#include <regex>

#include "engine/parallel.h"
#include "engine/safetensors.h"
#include "tests/catch.h"
#include "tests/examples/process.h"
#include "tests/files.h"

using namespace latent;
using namespace latent::test;

namespace {

struct Mnist : Program {
  Mnist() : Program("mnist") {}
};

// Small and quick: 3 steps an epoch, a narrow model.
Words small(const Path& out) {
  return {"train", "--out",         out.string(), "--epochs",  "2", "--limit-batches", "3", "--batch-size",
          "16",    "--patch",       "7",          "--latents", "4", "--channels",      "8", "--heads",
          "2",     "--cross-heads", "1",          "--bands",   "2"};
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n') + 1, begin = text.rfind('\n', end - 1) + 1;
  return text.substr(begin, end - begin);
}

bool is_accuracy(const std::string& line) {
  return std::regex_match(line, std::regex(R"(test accuracy: \d+\.\d\d % \(\d+/\d+\))"));
}

}  // namespace

TEST_CASE("Without any option digits are drawn, and at least 97 % of those never seen are read", "[slow]") {
  const Mnist mnist;
  const Result result = mnist({"train", "--out", mnist.run.string()});
  INFO(result.output);
  CHECK(result.code == 0);
  const std::string line = last_line(result.output);
  REQUIRE(is_accuracy(line));
  CHECK(contains(line, "/2000)"));
  CHECK(std::stod(line.substr(line.find(": ") + 2)) >= 97);
}

TEST_CASE("By default a program takes the threads that it may use") {
  const Mnist mnist;
  const auto first_line = [&](Words words) {
    words = words + Words{program("mnist").string(), "eval", "--weights", "/nowhere"};
    const Process process("/usr/bin/env", words, mnist.path / "log");
    process.wait();
    return process.output();
  };
  if (contains(first_line({}), "without OpenMP")) return;
  CHECK(contains(first_line({"OMP_NUM_THREADS=3"}), "| threads 3 |"));
  for (const char* absurd : {"100000", "10000000"}) {  // LLVM's OpenMP itself stops a program at 10^9
    const std::string line = first_line({fmt::format("OMP_NUM_THREADS={}", absurd)});
    std::smatch threads;
    REQUIRE(std::regex_search(line, threads, std::regex(R"(\| threads (\d+) \|)")));
    CHECK(std::stoi(threads[1]) <= most_threads());
  }
  if (std::filesystem::exists("/usr/bin/taskset"))
    CHECK(contains(first_line({"-u", "OMP_NUM_THREADS", "taskset", "-c", "0"}), "| threads 1 |"));
}

TEST_CASE("Threads that wait soon sleep, unless the environment says how long they spin") {
  const Mnist mnist;
  const auto spins = [&](const Words& environment) -> std::string {
    const Words words = Words{"-u", "OMP_WAIT_POLICY", "-u", "GOMP_SPINCOUNT", "OMP_DISPLAY_ENV=VERBOSE"} +
                        environment + Words{program("mnist").string(), "--version"};
    const Process process("/usr/bin/env", words, mnist.path / "log");
    CHECK(process.wait() == 0);
    const std::string output = process.output(), name = "GOMP_SPINCOUNT = '";  // as libgomp tells it
    CHECK(contains(output, "latent "));
    const auto last = output.rfind(name);
    return last == std::string::npos
               ? ""
               : output.substr(last + name.size(), output.find('\'', last + name.size()) - last - name.size());
  };
  const std::string own = spins({});
  if (own.empty()) return;  // another OpenMP, or none
  CHECK(own == "1000");
  CHECK(spins({"GOMP_SPINCOUNT=7"}) == "7");
  CHECK(spins({"OMP_WAIT_POLICY=passive"}) == "0");
}

TEST_CASE("An empty LATENT_SIMD is as if it were not set") {
  const Mnist mnist;
  const auto level = [&](const Words& environment) {
    const Words words = environment + Words{program("mnist").string(), "eval", "--weights", "/nowhere"};
    const Process process("/usr/bin/env", words, mnist.path / "log");
    CHECK(process.wait() == 2);
    return process.output();
  };
  CHECK(level({"LATENT_SIMD="}) == level({"-u", "LATENT_SIMD"}));
}

TEST_CASE("Progress is a bar on a terminal and plain lines elsewhere") {
  const Mnist mnist;
  const Words options = small(mnist.run) + Words{"--epochs", "1", "--limit-batches", "200"};
  const Result plain = mnist(options);
  CHECK(plain.code == 0);
  CHECK_FALSE(contains(plain.output, "\r"));
  if (!std::filesystem::exists("/usr/bin/script")) return;  // which runs a program on a terminal of its own
  std::string command = program("mnist").string();
  for (const std::string& word : options) command += " '" + word + "'";
  const auto on_terminal = [&](const std::string& kind) {
    const Process process("/usr/bin/script", {"-qec", "TERM=" + kind + " " + command, "/dev/null"}, mnist.path / "log");
    CHECK(process.wait() == 0);
    return process.output();
  };
  CHECK(std::regex_search(on_terminal("xterm"),
                          std::regex(R"(\repoch 1/1 \[=* *\] \d+/200 loss .* samples/s ETA \d+:\d\d)")));
  for (const char* without_cursor : {"dumb", ""}) {
    const std::string lines = on_terminal(without_cursor);
    CHECK(contains(lines, "epoch 1/1 200/200"));
    CHECK_FALSE(contains(lines, "\033"));
    CHECK_FALSE(std::regex_search(lines, std::regex("\r[^\n]")));
  }
}

TEST_CASE("train writes its files, and eval and predict use them") {
  const Mnist mnist;
  const Result trained = mnist(small(mnist.run));
  INFO(trained.output);
  REQUIRE(trained.code == 0);
  CHECK(std::regex_search(trained.output,
                          std::regex(R"(^latent \d+\.\d+\.\d+ \| SIMD \w+ \| threads \d+.* \| f32 \| seed 0\n)")));
  CHECK(is_accuracy(last_line(trained.output)));
  for (const char* name :
       {"config.toml", "metrics.jsonl", "metrics.csv", "report.html", "last.safetensors", "best.safetensors"})
    CHECK(std::filesystem::exists(mnist.run / name));

  const Result tested = mnist({"eval", "--weights", mnist.best.string()});
  INFO(tested.output);
  CHECK(tested.code == 0);
  CHECK(is_accuracy(last_line(tested.output)));
  CHECK(contains(tested.output, "/2000)"));

  const Result told = mnist({"predict", "--index", "17", "--weights", mnist.best.string()});
  INFO(told.output);
  CHECK(told.code == 0);
  CHECK(contains(told.output, "█"));
  CHECK(std::regex_match(last_line(told.output), std::regex(R"(prediction: \d, label: 7)")));
  double sum = 0;
  const std::regex line(R"(\n\d +(\d+\.\d\d) %)");
  for (std::sregex_iterator row(told.output.begin(), told.output.end(), line), end; row != end; ++row)
    sum += std::stod((*row)[1]);
  CHECK(sum == Catch::Approx(100).margin(0.1));
}

TEST_CASE("The other models train, are tested and read digits as the Perceiver does") {
  const Mnist mnist;
  for (const std::string model : {"perceiver_io", "transformer"}) {
    const Result trained = mnist(small(mnist.run) + Words{"--model", model});
    INFO(trained.output);
    REQUIRE(trained.code == 0);
    CHECK(contains(trained.output, model == "transformer" ? "Transformer: " : "Perceiver IO: "));
    const Result tested = mnist({"eval", "--weights", mnist.best.string()});
    INFO(tested.output);
    CHECK(tested.code == 0);
    CHECK(last_line(tested.output) == last_line(mnist({"eval", "--weights", mnist.best.string()}).output));
    CHECK(mnist({"predict", "--index", "3", "--weights", mnist.best.string()}).code == 0);
    CHECK(mnist({"train", "--resume", "--out", mnist.run.string(), "--epochs", "3"}).code == 0);
  }
}

TEST_CASE("reconstruct learns to complete images, and shows what was seen, made and meant side by side") {
  const Mnist mnist;
  const Words words{"reconstruct",
                    "--out",
                    mnist.run.string(),
                    "--epochs",
                    "2",
                    "--limit-batches",
                    "20",
                    "--batch-size",
                    "16",
                    "--patch",
                    "7",
                    "--visible",
                    "8",
                    "--latents",
                    "4",
                    "--channels",
                    "16",
                    "--heads",
                    "2",
                    "--cross-heads",
                    "1",
                    "--validation",
                    "100",
                    "--blocks",
                    "1"};
  const Result result = mnist(words);
  INFO(result.output);
  REQUIRE(result.code == 0);
  CHECK(contains(result.output, "8 of 16 patches are seen"));
  CHECK(std::regex_search(result.output, std::regex(R"(pixels/s .* validation loss \d\.\d{4}\n)")));
  CHECK(
      std::regex_match(last_line(result.output), std::regex(R"(test error: \d\.\d{4}, \d+\.\d\d % of the pixels .*)")));
  CHECK(contains(result.output, "█"));
  CHECK(mnist(words + Words{"--resume"}).code == 0);
  const Result no_classifier = mnist({"eval", "--weights", mnist.best.string()});
  CHECK(no_classifier.code == 1);
  CHECK(contains(no_classifier.output, "one answer for each input expected, found one for each position of (4, 4)"));
  const Result too_many = mnist(words + Words{"--visible", "17"});
  CHECK(too_many.code == 1);
  CHECK(contains(too_many.output, "--visible 17: there are only 16 patches"));
}

TEST_CASE("predict reads a PNG") {
  const Mnist mnist;
  REQUIRE(mnist(small(mnist.run)).code == 0);
  std::vector<std::uint8_t> pixels(40 * 30, 255);
  const std::vector<std::uint8_t> paper = pixels;
  for (int y = 5; y < 25; ++y) pixels[std::size_t(y * 40 + 20)] = 0;
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = 40, image.height = 30, image.format = PNG_FORMAT_GRAY;
  const Path file = mnist.path / "digit.png";
  REQUIRE(png_image_write_to_file(&image, file.c_str(), 0, pixels.data(), 0, nullptr) != 0);
  const Result told = mnist({"predict", file.string(), "--weights", mnist.best.string()});
  INFO(told.output);
  CHECK(told.code == 0);
  CHECK(std::regex_match(last_line(told.output), std::regex(R"(prediction: \d)")));

  const Path blank = mnist.path / "blank.png";
  REQUIRE(png_image_write_to_file(&image, blank.c_str(), 0, paper.data(), 0, nullptr) != 0);
  const Result nothing = mnist({"predict", blank.string(), "--weights", mnist.best.string()});
  CHECK(nothing.code == 1);
  CHECK(contains(nothing.output, "blank.png: there is nothing to read"));

  const auto predict = [&](const Words& image) {
    return mnist(Words{"predict", "--weights", mnist.best.string()} + image);
  };
  CHECK(predict({"--index", "2000"}).output.find("--index 2000: the test set has images 0 to 1999") !=
        std::string::npos);
  CHECK(predict({"/nowhere.png"}).code == 2);
  const Result refused = mnist({"predict", mnist.best.string(), "--weights", mnist.best.string()});
  CHECK(refused.code == 1);
  CHECK(contains(refused.output, "best.safetensors: byte "));
}

TEST_CASE("Ctrl-C saves and exits, and --resume ends like an unbroken run", "[slow]") {
  const Mnist mnist;
  const Path whole = mnist.path / "whole";
  const Words options = {"--rotation", "5", "--dropout", "0.1", "--limit-batches", "20", "--epochs", "10"};
  REQUIRE(mnist(small(whole) + options).code == 0);

  const Process process = mnist.begin(small(mnist.run) + options);
  REQUIRE(process.wait_for("epoch 1/10"));
  process.signal(GENERATE(SIGINT, SIGTERM));
  const int code = process.wait();
  INFO(process.output());
  CHECK(code == 130);
  CHECK(contains(process.output(), "of 200; --resume continues from " + mnist.last.string()));

  const Result resumed = mnist({"train", "--out", mnist.run.string(), "--resume"});
  INFO(resumed.output);
  CHECK(resumed.code == 0);
  CHECK(is_accuracy(last_line(resumed.output)));
  CHECK(read(mnist.last) == read(whole / "last.safetensors"));
  CHECK(read(mnist.best) == read(whole / "best.safetensors"));
}

TEST_CASE("The number of threads does not change a bit") {
  const Mnist mnist;
  const Words options = {"--rotation", "5", "--label-smoothing", "0.1"};
  REQUIRE(mnist(small(mnist.run) + options + Words{"--threads", "1"}).code == 0);
  const std::string one = read(mnist.last);
  REQUIRE(mnist(small(mnist.run) + options + Words{"--threads", "3"}).code == 0);
  CHECK(read(mnist.last) == one);
}

TEST_CASE("config.toml is a recipe that repeats the run, and the command line wins over it", "[slow]") {
  const Mnist mnist;
  REQUIRE(mnist(small(mnist.run) + Words{"--lr", "0.0012345678901", "--tower-sharing", "after-first"}).code == 0);
  const std::string config = read(mnist.run / "config.toml"), weights = read(mnist.last);
  CHECK(contains(config, "lr=0.0012345678901\n"));
  const Path file = mnist.write("recipe.toml", config);

  REQUIRE(mnist({"train", "--config", file.string()}).code == 0);
  CHECK(read(mnist.run / "config.toml") == config);
  CHECK(read(mnist.last) == weights);

  const Result help = mnist({"train", "--config", file.string(), "--lr", "0.5", "--help"});
  CHECK(help.code == 0);
  CHECK(std::regex_search(help.output, std::regex(R"(--channels [^\n]*[=\[]8\b)")));
  REQUIRE(mnist({"train", "--config", file.string(), "--lr", "0.5"}).code == 0);
  CHECK(contains(read(mnist.run / "config.toml"), "lr=0.5\n"));

  const Result unknown = mnist({"train", "--config", mnist.write("recipe.toml", "colour = 3\n").string()});
  CHECK(unknown.code == 1);
  CHECK(contains(unknown.output, "recipe.toml: --colour: no such option"));
}

TEST_CASE("A run in a folder of any name goes on, and a name that is not UTF-8 is refused before anything is done") {
  const Mnist mnist;
  const Path odd = mnist.path / "a #b \"c\" 'd' \\e\n=f,g";
  REQUIRE(mnist(small(odd)).code == 0);
  const Result resumed = mnist({"train", "--resume", "--out", odd.string(), "--epochs", "3"});
  INFO(resumed.output);
  CHECK(resumed.code == 0);
  const Result out = mnist(small(mnist.path / "a\xff"));
  CHECK(out.code == 1);
  CHECK(contains(out.output, fmt::format("mnist: --out: byte {} of '", (mnist.path / "a").string().size())));
  CHECK_FALSE(std::filesystem::exists(mnist.path / "a\xff"));
  const Result data = mnist(small(mnist.run) + Words{"--data", "d\xff"});
  CHECK(data.code == 1);
  CHECK(contains(data.output, "mnist: --data: byte 1 of 'd\xff' is not UTF-8, which config.toml has to be"));
  CHECK_FALSE(std::filesystem::exists(mnist.run));
}

TEST_CASE("A start that fails leaves an earlier run in its folder as it was") {
  const Mnist mnist;
  REQUIRE(mnist(small(mnist.run)).code == 0);
  const auto before = files_in(mnist.run);
  CHECK(before.size() == 8);
  const std::string list = mnist.write("list.toml", "lr = 0,01\n").string();
  for (const Words& words : {Words{"--data", "/nowhere"},
                             {"--heads", "3"},
                             {"--validation", "20000"},
                             {"--config", list},
                             {"--resume", "--latents", "5"},
                             {"--resume", "--seed", "1"},
                             {"--epochs", "0"}}) {
    CHECK(mnist(small(mnist.run) + words).code != 0);
    CHECK(files_in(mnist.run) == before);
  }
  CHECK(mnist({"train", "--resume", "--out", mnist.run.string(), "--epochs", "3"}).code == 0);
}

TEST_CASE("A learning rate that is hardly a number trains and is reported") {
  const Mnist mnist;
  const Result result = mnist(small(mnist.run) + Words{"--epochs", "1", "--lr", "1e-310"});
  INFO(result.output);
  CHECK(result.code == 0);
  CHECK(contains(read(mnist.run / "config.toml"), "lr=1e-310\n"));
  CHECK(contains(read(mnist.run / "report.html"), "\"ended\":true"));
  CHECK(mnist({"runs", mnist.path.string()}).code == 0);
}

TEST_CASE("The committed recipes are the defaults") {
  const Mnist mnist;
  const auto help = [&](const Words& words) { return mnist(Words{"train", "--help"} + words).output; };
  const auto recipe = [](const char* name) { return (source_folder() / "examples/mnist" / name).string(); };
  CHECK(help({"--config", recipe("digits.toml")}) == help({}));
  const std::string by_data = help({"--data", "somewhere"});
  CHECK(help({"--config", recipe("mnist.toml")}) == by_data);
  CHECK(by_data != help({}));
}

TEST_CASE("Wrong arguments get a message and an exit code") {
  const Mnist mnist;
  const auto refuse = [&](const Words& words, int code, const std::string& message) {
    const Result result = mnist(words);
    INFO(result.output);
    CHECK((code == 0 ? result.code > 100 : result.code == code));  // 0: one of CLI11's
    CHECK(contains(result.output, message));
  };
  refuse({}, 0, "A subcommand is required");
  refuse({"dream"}, 0, "A subcommand is required");
  refuse({"train", "--colour"}, 0, "--colour");
  refuse({"train", "--epochs", "0"}, 0, "--epochs: Value 0 not in range");
  refuse({"train", "--lr", "fast"}, 0, "--lr");
  refuse({"train", "--patch", "3"}, 0, "{1,2,4,7,14}");
  refuse({"train", "--schedule", "weekly"}, 0, "{one_cycle,cosine,step,constant}");
  refuse({"train", "--config", "/nowhere"}, 0, "/nowhere");
  refuse({"predict", "--weights", "w"}, 0, "Exactly 1 option from [file,--index] is required");
  refuse({"train", "--heads", "5"}, 1, "5");
  refuse({"train", "--validation", "30000"}, 1, "there are only 20000 training images");
  refuse({"train", "--resume", "--out", "/nowhere"}, 2, "/nowhere/config.toml: no such file");
  refuse({"reconstruct", "--resume", "--out", "train"}, 2, "train/config.toml: no such file");
  refuse({"train", "--config", mnist.write("sections.toml", "[model]\nlr = 1\n").string()}, 1,
         "sections.toml: [model]: no sections expected");
  refuse({"train", "--config", mnist.write("list.toml", "epochs = 1\nlr = 0,01\n").string()}, 1,
         "list.toml: line 2: lr = 0,01: ");
  refuse({"train", "--config", mnist.write("empty.toml", "").string()}, 1, "empty.toml: is empty");
  refuse({"train", "--lr", "nan"}, 0, "--lr: Value nan not in range [0 - 1e+38]");
  refuse({"train", "--seed", "-1"}, 0, "--seed: Value -1 not in range [0 - 18446744073709551615]");
  refuse({"train", "--seed", "18446744073709551616"}, 0, "--seed: Value 18446744073709551616 not in range");
  refuse({"train", "--warm-up", "1"}, 0, "--warm-up: Value 1 not in range [0 - 0.9]");
  refuse({"train", "--latents", "100000000"}, 0, "--latents: Value 100000000 not in range [1 - 16777216]");
  refuse({"eval", "--weights", "/nowhere.safetensors"}, 2, "/nowhere.safetensors: no such file; `mnist train` leaves");
  refuse({"predict", "--index", "-1", "--weights", "w"}, 0, "--index: Value -1 not in range");
  refuse({"reconstruct", "--positions", "learned"}, 1, "positions that come with the input cannot be learned");
  refuse({"train", "--data", "/nowhere"}, 2, "scripts/download.sh mnist /nowhere");
  refuse({"train", "--data", "/nowhere"}, 2, "/nowhere/train-images-idx3-ubyte");
}

TEST_CASE("A checkpoint of another model names all that differs and changes nothing") {
  const Mnist mnist;
  REQUIRE(mnist(small(mnist.run)).code == 0);
  const std::string before = read(mnist.last);
  const Result wider = mnist({"train", "--out", mnist.run.string(), "--resume", "--latents", "5", "--blocks", "2"});
  INFO(wider.output);
  CHECK(wider.code == 1);
  CHECK(contains(wider.output, "last.safetensors: the checkpoint does not fit model and optimiser:"));
  CHECK(contains(wider.output, "shape: latents is (4, 8), and (5, 8) is needed"));
  CHECK(contains(wider.output, "missing: towers.0.blocks.1.attention.query.weight"));
  CHECK(read(mnist.last) == before);

  TensorFile file = load_tensors(mnist.best);
  file.tensors["stranger"] = zeros({2});
  file.tensors.erase("head.bias");
  save_tensors(mnist.best, file);
  const Result strange = mnist({"eval", "--weights", mnist.best.string()});
  INFO(strange.output);
  CHECK(strange.code == 1);
  CHECK(contains(strange.output, "extra: stranger (2)"));
  CHECK(contains(strange.output, "missing: head.bias (10)"));

  const auto refuse = [&](const std::string& key, const std::string& value, const std::string& message) {
    TensorFile changed = file;
    changed.metadata["perceiver." + key] = value;
    save_tensors(mnist.best, changed);
    const Result result = mnist({"eval", "--weights", mnist.best.string()});
    INFO(result.output);
    CHECK(result.code == 1);
    CHECK(contains(result.output, mnist.best.string() + ": " + message));
  };
  refuse("bands", "1000000000000", "Perceiver: bands is 1000000000000, and 0 to 16777216 is possible");
  refuse("bands", "1000000", "the weights do not fit the model");
  refuse("towers", "1000000000", "Perceiver: towers is 1000000000, and 0 to 4096 is possible");
  refuse("towers", "4000", "the weights do not fit the model: 4002 blocks with weights of their own, but ");
  refuse("widening", "9000000000000000000", "Perceiver: widening is ");
  refuse("dropout", "nan", "Perceiver: dropout is nan, and 0 to 0.99 is possible");
  refuse("heads", "7", "MultiHeadAttention: 8 channels do not split into 7 heads");
  refuse("grid", "100x100", "a model of 28 x 28 pixels expected, found (");
  refuse("grid", "-7x-7", "a model of 28 x 28 pixels expected, found (");
  refuse("grid", "5x5", "a model of 28 x 28 pixels expected, found (");
  refuse("grid", "9x9", "a model of 28 x 28 pixels expected, found (9, 9) inputs of 49 channels");
  {
    TensorFile whole = file;
    whole.tensors.erase("stranger");
    whole.tensors["head.bias"] = zeros({10});
    TensorFile changed = whole;
    changed.metadata["perceiver.grid"] = "5x5", changed.metadata["perceiver.input_channels"] = "25";
    save_tensors(mnist.best, changed);
    CHECK(contains(mnist({"predict", "--index", "0", "--weights", mnist.best.string()}).output,
                   "a model of 28 x 28 pixels expected, found (5, 5) inputs of 25 channels"));
    changed = whole;
    changed.metadata["classes"] = "0 1 2";
    save_tensors(mnist.best, changed);
    CHECK(contains(mnist({"eval", "--weights", mnist.best.string()}).output,
                   "10 classes, but there are 3 class names (0 1 2)"));
    changed = whole;
    changed.metadata.erase("data");
    save_tensors(mnist.best, changed);
    CHECK(contains(mnist({"eval", "--weights", mnist.best.string()}).output,
                   "the metadata of the model's file have no entry 'data'"));
    changed = whole;
    changed.tensors["head.bias"] = tensor(std::vector<double>(10, NAN));
    save_tensors(mnist.best, changed);
    CHECK(contains(mnist({"eval", "--weights", mnist.best.string()}).output, "head.bias holds NaN or infinity"));
  }
  std::filesystem::resize_file(mnist.best, 1000);
  const Result cut = mnist({"predict", "--index", "0", "--weights", mnist.best.string()});
  CHECK(cut.code == 1);
  CHECK(contains(cut.output, "best.safetensors"));
}

TEST_CASE("A loss that explodes ends the run and names the operation") {
  const Mnist mnist;
  const Result result = mnist(small(mnist.run) + Words{"--limit-batches", "30", "--optimizer", "sgd", "--schedule",
                                                       "constant", "--lr", "1e6", "--clip", "0"});
  INFO(result.output);
  CHECK(result.code == 1);
  CHECK(std::regex_search(result.output, std::regex(R"(mnist: step \d+: \w+: )")));
}

TEST_CASE("Training on the real MNIST reads its four files") {
  if (!data_folder("mnist")) return;
  const Mnist mnist;
  const Words options = {"--data", "mnist", "--validation", "100"};  // in LATENT_DATA
  const Result trained = mnist(small(mnist.run) + options);
  INFO(trained.output);
  CHECK(trained.code == 0);
  CHECK(contains(trained.output, "59900 images to train on"));
  const Result tested = mnist({"eval", "--weights", mnist.best.string()});
  CHECK(contains(tested.output, "/10000)"));
}

TEST_CASE("The weights that come with the project read MNIST's test images") {
  if (!data_folder("mnist")) return;
  const Mnist mnist;
  const Result told = mnist({"predict", "--index", "7"});
  INFO(told.output);
  CHECK(told.code == 0);
  CHECK(contains(told.output, "prediction: 9, label: 9"));
}
