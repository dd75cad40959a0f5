// The program `shakespeare` as a user runs it, and the texts that it reads.
#include <regex>

#include "engine/safetensors.h"
#include "examples/shakespeare/text.h"
#include "examples/shakespeare/writer.h"
#include "tests/catch.h"
#include "tests/examples/process.h"

using namespace latent;
using namespace latent::shakespeare;
using namespace latent::test;

namespace {

struct Shakespeare : Program {
  Shakespeare() : Program("shakespeare") {}

  Words small() const {
    return {"train", "--out",      run.string(), "--epochs", "2", "--epoch-steps", "3", "--context", "16", "--layers",
            "1",     "--channels", "8",          "--heads",  "2", "--batch-size",  "4"};
  }
};

// What comes after the line about the program.
std::string written(const Result& result) { return result.output.substr(result.output.find('\n') + 1); }

}  // namespace

TEST_CASE("A vocabulary numbers the characters of a text, and tells which one is unknown") {
  const Vocabulary vocabulary("b\na\u00e9 \u20ac\U0001F600 a");
  CHECK(vocabulary.size() == 7);
  CHECK(vocabulary.characters() == "\n ab\u00e9\u20ac\U0001F600");
  const std::string text = "\u20acab \U0001F600";
  std::string back;
  for (const Index token : vocabulary.encode(text)) back += vocabulary.decode(token);
  CHECK(back == text);
  CHECK(vocabulary.encode("ba\n") == std::vector<Index>{3, 2, 0});
  CHECK(Vocabulary(vocabulary.characters()).characters() == vocabulary.characters());
  CHECK(error_of([&] { vocabulary.encode("a\u00fc"); }) ==
        "the character '\u00fc' is unknown; the model knows these 7: \n ab\u00e9\u20ac\U0001F600");
  CHECK(error_of([] { Vocabulary(""); }) == "the text is empty, and at least one character is needed");
  for (const char* broken : {"a\xff", "a\xc3", "a\xe2\x82", "a\x80", "a\xc3z"}) {
    CAPTURE(broken);
    CHECK(contains(error_of([&] { Vocabulary{broken}; }), "byte 1 of the text, 0x"));
  }
}

TEST_CASE("The text in the program is a few hundred lines, and its end is held out") {
  const Text text = load_text("", 0.1);
  const std::vector<Index>& tokens = text.tokens;
  CHECK(std::ranges::count(tokens, text.vocabulary.encode("\n")[0]) > 300);
  CHECK(text.train_size == Index(0.9 * double(tokens.size())));
  const train::Batch batch = make_batch(tokens, {0, 7}, 5);
  CHECK(batch.input.shape() == Shape{2, 5});
  CHECK(batch.target.at({1, 4}) == double(tokens[12]));
  CHECK(batch.input.at({1, 0}) == double(tokens[7]));
}

TEST_CASE("A model's score over a text is the mean over its characters, each counted once") {
  nn::Init init;
  const models::LanguageModel model({.vocabulary = 5, .context = 4, .layers = 1, .channels = 8, .heads = 2}, init);
  Generator generator(1);
  std::vector<Index> tokens;
  for (int i = 0; i < 30; ++i) tokens.push_back(generator.below(5));
  const train::Score score = evaluate(model, tokens, 7);  // 5 whole pieces of 4, and what is left
  CHECK(score.predictions == 20);
  double loss = 0;
  const NoGrad off;
  for (Index i = 0; i < 5; ++i) {
    const train::Batch batch = make_batch(tokens, {7 + 4 * i}, 4);
    loss += cross_entropy(model(batch.input), batch.target).item() / 5;
  }
  CHECK(score.loss == Catch::Approx(loss).epsilon(1e-5));
  CHECK(error_of([&] { evaluate(model, tokens, 29); }) == "evaluate: 1 characters, and at least 2 are needed");
}

TEST_CASE("shakespeare trains with each attention, and writes on from what it learned") {
  const Shakespeare shakespeare;
  for (const char* attention : {"mha", "gqa", "mqa", "mla"}) {
    const Words sizes{"--attention", attention, "--code-channels", "4", "--rotary-channels", "2"};
    const Result trained = shakespeare(shakespeare.small() + sizes);
    INFO(trained.output);
    REQUIRE(trained.code == 0);
    CHECK(std::regex_search(trained.output, std::regex(R"(characters/s .* validation loss \d\.\d{4}\n)")));
    CHECK(std::regex_search(trained.output, std::regex(R"(\nvalidation loss: \d\.\d{4}\n$)")));
    for (const char* file : {"config.toml", "metrics.jsonl", "metrics.csv", "last.safetensors", "best.safetensors"})
      CHECK(std::filesystem::exists(shakespeare.run / file));

    const Words ask{"generate", "--weights", shakespeare.best.string(), "--prompt", "Shall I", "--length", "40"};
    const Result first = shakespeare(ask), again = shakespeare(ask), other = shakespeare(ask + Words{"--seed", "1"});
    INFO(first.output);
    CHECK(first.code == 0);
    CHECK(written(first).starts_with("Shall I"));
    CHECK(written(first).size() == 7 + 40 + 1);
    CHECK(written(again) == written(first));
    CHECK(written(other) != written(first));
    CHECK(written(shakespeare(ask + Words{"--cache", "false"})) == written(first));
    const Words surely{"--temperature", "0"};
    CHECK(written(shakespeare(ask + surely)) == written(shakespeare(ask + Words{"--top-k", "1", "--seed", "2"})));
  }
}

TEST_CASE("compare trains every attention, and tables what each needs, loses and how fast it is") {
  const Shakespeare shakespeare;
  const Words sizes{"--epochs",   "1", "--epoch-steps", "2", "--context",       "16", "--layers",          "1",
                    "--channels", "8", "--heads",       "2", "--head-channels", "4",  "--rotary-channels", "2"};
  const Result result = shakespeare(Words{"compare", "--out", shakespeare.run.string(), "--seeds", "2"} + sizes);
  INFO(result.output);
  REQUIRE(result.code == 0);
  const std::string losses = read(shakespeare.run / "losses.csv"), speeds = read(shakespeare.run / "speeds.csv");
  CHECK(std::ranges::count(losses, '\n') == 1 + 4);
  CHECK(std::ranges::count(losses, ',') == 5 * 5);
  CHECK(std::ranges::count(speeds, '\n') == 1 + 4 * 5);
  CHECK(std::ranges::count(speeds, ',') == 21 * 5);
  const Path one = shakespeare.run / "mla-1";
  CHECK(contains(read(one / "config.toml"), "attention=\"mla\""));
  const std::string trained = read(one / "best.safetensors");
  CHECK(shakespeare({"train", "--config", (one / "config.toml").string()}).code == 0);
  CHECK(read(one / "best.safetensors") == trained);
}

TEST_CASE("A run of shakespeare that was stopped goes on as if it had not been") {
  const Shakespeare shakespeare;
  const Words longer = shakespeare.small() + Words{"--epochs", "40", "--dropout", "0.1"};
  REQUIRE(shakespeare(longer).code == 0);
  const std::string whole = read(shakespeare.last), best = read(shakespeare.best);
  const Process process = shakespeare.begin(longer);
  CHECK(process.wait_for("epoch 3/40"));
  process.signal(SIGINT);
  CHECK(process.wait() == 130);
  CHECK(contains(process.output(), "--resume continues from"));
  REQUIRE(shakespeare({"train", "--out", shakespeare.run.string(), "--resume"}).code == 0);
  CHECK(read(shakespeare.last) == whole);
  CHECK(read(shakespeare.best) == best);
}

TEST_CASE("What shakespeare cannot do it says") {
  const Shakespeare shakespeare;
  const auto refuse = [&](const Words& words, int code, const std::string& message) {
    const Result result = shakespeare(words);
    INFO(result.output);
    CHECK((code == 0 ? result.code > 0 : result.code == code));
    CHECK(contains(result.output, message));
  };
  REQUIRE(shakespeare(shakespeare.small()).code == 0);
  const Words ask{"generate", "--weights", shakespeare.best.string()};
  refuse(ask + Words{"--prompt", ""}, 1, "--prompt: it is empty, and at least one character is needed");
  refuse(ask + Words{"--prompt", "Shall I compare thee"}, 1,
         "--prompt: it has 20 characters, and the model sees 16 at");
  refuse(ask + Words{"--prompt", "$"}, 1, "the character '$' is unknown; the model knows these ");
  refuse(ask + Words{"--prompt", "\xff"}, 1, "byte 0 of the text, 0xff, is not UTF-8");
  refuse(ask + Words{"--temperature", "-1"}, 0, "--temperature: Value -1 not in range");
  refuse(ask + Words{"--top-p", "0"}, 0, "--top-p: Value 0 not in range");
  refuse({"generate"}, 0, "--weights is required");
  refuse({"generate", "--weights", "/nowhere"}, 2, "/nowhere: no such file; `shakespeare train` leaves");
  refuse({"train", "--data", "/nowhere"}, 2, "/nowhere: no such file; scripts/download.sh shakespeare");
  refuse({"train", "--data", shakespeare.path.string()}, 2,
         "/input.txt: no such file; scripts/download.sh shakespeare");
  refuse(shakespeare.small() + Words{"--validation", "0.00005"}, 1, "--validation 5e-05: 1 characters are held out");
  refuse({"compare", "--validation", "0"}, 1, "--validation 0: the comparison needs held-out text");
  refuse({"compare", "--kv-heads", "3"}, 1, "4 query heads cannot share 3 key/value heads evenly");
  refuse({"train", "--attention", "none"}, 0, "{mha,gqa,mqa,mla}");
  refuse({"train", "--heads", "5"}, 1, "5");
  const std::string text = shakespeare.write("short.txt", "To be, or not to be").string();
  refuse({"train", "--data", text, "--out", shakespeare.run.string()}, 1, "there are only 17 characters to train on");
  const auto bad = [&](const std::string& bytes, const std::string& message) {
    const std::string file = shakespeare.write("bad.txt", bytes).string();
    refuse({"train", "--data", file}, 1, file + message);
  };
  bad("\xc3(", ": byte 0: UTF-8 expected, found 0xc3");
  bad("ab\xe0\x80\x80", ": byte 2: UTF-8 expected, found 0xe0");      // overlong
  bad("ab\xed\xa0\x80", ": byte 2: UTF-8 expected, found 0xed");      // a surrogate
  bad("ab\xf4\x90\x80\x80", ": byte 2: UTF-8 expected, found 0xf4");  // beyond U+10FFFF
  bad("", ": is empty");

  const TensorFile good = load_tensors(shakespeare.best);
  const auto spoil = [&](const std::string& key, const std::string& value, const std::string& message) {
    TensorFile changed = good;
    changed.metadata[key] = value;
    save_tensors(shakespeare.best, changed);
    refuse(ask, 1, shakespeare.best.string() + ": " + message);
  };
  spoil("language_model.channels", "16", "the weights do not fit the model");
  spoil("language_model.layers", "1000000", "LanguageModel: layers is 1000000, and 1 to 4096 is possible");
  spoil("language_model.attention", "all", "the metadata do not describe a language_model:");
  spoil("characters", "ab", "the vocabulary has ");
}
