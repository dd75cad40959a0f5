// Text from outside: config.toml and recipes, files of text, numbers, and what is UTF-8.
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/random.h"
#include "engine/safetensors.h"
#include "examples/app/config.h"
#include "examples/app/options.h"
#include "examples/app/program.h"
#include "examples/app/text_file.h"
#include "examples/app/train_command.h"
#include "examples/app/utf8.h"
#include "tests/catch.h"
#include "tests/folder.h"

using namespace latent;
using namespace latent::examples;
using namespace latent::test;

namespace {

enum class Colour { red, green };
constexpr auto names(Colour) { return std::array{"red", "green"}; }

struct Settings {
  std::string out = "runs/x";
  double lr = 0.1;
  Index epochs = 3;
  std::uint64_t seed = 7;
  bool mirror = false;
  Colour colour = Colour::red;

  bool operator==(const Settings&) const = default;
};

void add(CLI::App& app, Settings& settings) {
  add_option(app, "--out", settings.out, "");
  add_option(app, "--lr", settings.lr, "")->check(between(0.0, 1e300));
  add_option(app, "--epochs", settings.epochs, "")->check(between(Index{1}, Index{1} << 40));
  add_seed(app, settings.seed, "");
  add_option(app, "--mirror", settings.mirror, "");
  add_choice(app, "--colour", settings.colour, "");
}

std::string text_of(Settings settings) {
  CLI::App app;
  add(app, settings);
  return config_text(app);
}

Settings settings_in(const std::string& text) {
  Settings settings;
  CLI::App app;
  add(app, settings);
  apply_recipe(app, {"config.toml", text});
  return settings;
}

std::string random_text(Generator& generator) {
  const auto character = [&] {
    const auto some =
        std::vector<Index>{0x20, '"', '\'', '\\', '#', '=', '\n', '\r', 0x7f, 0x85, 0x2028, 0xfeff, 0x1f600};
    switch (generator.below(3)) {
      case 0: return some[std::size_t(generator.below(Index(some.size())))];
      case 1: return 1 + generator.below(0x7f);
      default: return 0xe000 + generator.below(0x110000 - 0xe000);
    }
  };
  std::u32string text;
  for (Index left = 1 + generator.below(8); left > 0; --left) text += char32_t(character());
  std::string bytes;
  for (const char32_t c : text) {
    if (c < 0x80)
      bytes += char(c);
    else if (c < 0x800)
      bytes += {char(0xc0 | c >> 6), char(0x80 | (c & 63))};
    else if (c < 0x10000)
      bytes += {char(0xe0 | c >> 12), char(0x80 | (c >> 6 & 63)), char(0x80 | (c & 63))};
    else
      bytes += {char(0xf0 | c >> 18), char(0x80 | (c >> 12 & 63)), char(0x80 | (c >> 6 & 63)), char(0x80 | (c & 63))};
  }
  return bytes;
}

}  // namespace

TEST_CASE("All settings come back from their config as they were, whatever a text says") {
  std::vector<std::string> texts = {"a #b",       "\"",   "'",          "\\",  "a\\nb",  "\n",  "\r\n",
                                    "\t\x01\x7f", "=",    "[a,b]",      "1",   "true",   "007", "1e5",
                                    "inf",        "0x10", "2020-01-01", " a ", "--out",  "{}",  "1,2",
                                    "a, b",       "'''",  "\"\"\"",     "%%",  "\u00e9", "a b", ""};
  Generator generator(1);
  for (int i = 0; i < 1000; ++i) texts.push_back(random_text(generator));
  for (const std::string& text : texts) {
    CAPTURE(text, text_of({.out = text}));
    CHECK(settings_in(text_of({.out = text})) == Settings{.out = text});
  }
  for (const double lr : {0.0, 5e-324, 1e-310, 0.1, 1.0, 1e300, 0.0012345678901, 1 / 3.0})
    CHECK(settings_in(text_of({.lr = lr})).lr == lr);
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1} << 62, std::uint64_t{1} << 63, ~std::uint64_t{0}})
    CHECK(settings_in(text_of({.seed = seed})).seed == seed);
  CHECK(settings_in(text_of({.mirror = true, .colour = Colour::green})) ==
        Settings{.mirror = true, .colour = Colour::green});
  CHECK(text_of({}) == "out=\"runs/x\"\nlr=0.1\nepochs=3\nseed=7\nmirror=false\ncolour=\"red\"\n");
  CHECK(error_of([] { text_of({.out = "a\xff"}); }) ==
        "--out: byte 1 of 'a\xff' is not UTF-8, which config.toml has to be");
}

TEST_CASE("A config is read as TOML, and what is no TOML, or not one value, trains nothing") {
  CHECK(settings_in("# a comment\nout = 'a\\b' # another\r\nlr = +1_0.5\nepochs = 0x10\n") ==
        Settings{.out = "a\\b", .lr = 10.5, .epochs = 16});
  CHECK(settings_in("seed = 1\nout = \"\"\nlr = 2") == Settings{.out = "", .lr = 2, .seed = 1});
  const auto refuse = [](const std::string& text, const std::string& message) {
    const std::string error = error_of([&] { settings_in(text); });
    CAPTURE(text, error);
    CHECK(error.starts_with("config.toml: " + message));
  };
  refuse("seed = 1\nlr = 0,01\n", "line 2: lr = 0,01: ");
  refuse("lr = 1 000", "line 1: lr = 1 000: ");
  refuse("seed = 1,2", "line 1: seed = 1,2: ");
  refuse("lr = 0.1 0.2", "line 1: lr = 0.1 0.2: ");
  refuse("colour = red", "line 1: colour = red: ");
  refuse("out = \"a", "line 1: out = \"a: ");
  refuse("lr = 0.1\nlr = 0.2", "line 2: lr = 0.2: ");
  refuse("lr =", "line 1: lr =: ");
  refuse("lr", "line 1: lr: ");
  refuse("epochs = 007", "line 1: epochs = 007: ");
  refuse("epochs = [1, 2]", "epochs: one number, text, true or false expected, found [ 1, 2 ]");
  refuse("epochs = 2020-01-01", "epochs: one number, text, true or false expected, found 2020-01-01");
  refuse("[model]\nlr = 1", "[model]: no sections expected");
  refuse("model.lr = 1", "[model]: no sections expected");
  refuse("lr = inf", "--lr: Value inf not in range");
  refuse("lr = \"fast\"", "--lr: Value fast not in range");
  refuse("lr = \"\"", "--lr: Value  not in range");
  refuse("colour = \"\"", "--colour:  not in {red,green}");
  refuse("epochs = 1.5", "--epochs: Value 1.5 not in range");
  refuse("mirror = 2.5", "--mirror: Value 2.5 is neither true nor false");
  refuse("mirror = 3", "--mirror: Value 3 is neither true nor false");
  refuse("shape = 1", "--shape: no such option");
}

TEST_CASE("A file of text comes without its byte-order mark, and not at all where it is empty or no UTF-8") {
  const Folder folder;
  CHECK(read_text(folder.write("a", "\xef\xbb\xbf\u00e9\r\n").string()) == "\u00e9\r\n");
  const std::string large(200'000, 'x');
  CHECK(read_text(folder.write("a", large).string()) == large);
  const auto error = [&](const std::string& bytes) {
    return error_of([file = folder.write("a", bytes).string()] { read_text(file); });
  };
  const std::string file = (folder.path / "a").string();
  CHECK(error("") == file + ": is empty");
  CHECK(error("\xef\xbb\xbf") == file + ": is empty");
  CHECK(error("\xef\xbb\xbf"
              "ab\xed\xa0\x80") == file + ": byte 5: UTF-8 expected, found 0xed");
  CHECK(error("ab\xe0\x9f\xbf") == file + ": byte 2: UTF-8 expected, found 0xe0");
  CHECK(error("\xff\xfe"
              "a") == file + ": byte 0: UTF-8 expected, found 0xff");  // UTF-16
  CHECK(error_of([&] { read_text(folder.path.string()); }) == folder.path.string() + ": cannot be read");
  CHECK_THROWS_AS(read_text((folder.path / "none").string()), MissingFile);
}

TEST_CASE("UTF-8 is what checkpoints and pages take for it as well") {
  std::string edges(
      "\x00\x41\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff", 25);
  const auto is_json = [](const std::string& text) {
    try {
      return !nlohmann::json(text).dump().empty();
    } catch (const nlohmann::json::exception&) { return false; }
  };
  Index wrong = 0, accepted = 0;
  for (const char a : edges)
    for (const char b : edges)
      for (const char c : edges)
        for (const char d : edges) {
          const bool is_utf8 = find_not_utf8({std::string{a, b, c, d}}) == std::string::npos;
          wrong += is_utf8 != is_json({a, b, c, d});
          accepted += is_utf8;
        }
  CHECK(wrong == 0);
  CHECK(accepted > 100);
  CHECK(find_not_utf8("a\u00e9\U0001F600") == std::string::npos);
  CHECK(find_not_utf8("a\u00e9\xf0\x9f\x98") == 3);
  CHECK(find_not_utf8("") == std::string::npos);
}

TEST_CASE("A number is the whole text, with any sign, and as small as it likes") {
  CHECK(to_number<double>("+1.0") == 1.0);
  CHECK(to_number<double>("1e-310") == 1e-310);
  CHECK(to_number<double>("-5e-324") == -5e-324);
  CHECK(to_number<double>("1e-400") == 0.0);
  CHECK(std::signbit(to_number<double>("-1e-400").value()));
  CHECK(to_number<Index>("+12") == 12);
  CHECK(to_number<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const char* text : {"", "+", "-", "+-1", "++1", "1e400", "-1e400", "1,5", "1 ", " 1", "0x1", "1e", "one"}) {
    CAPTURE(text);
    CHECK_FALSE(to_number<double>(text));
    CHECK_FALSE(to_number<Index>(text));
  }
  for (const char* text : {"1.0", "9223372036854775808", "1e3"}) CHECK_FALSE(to_number<Index>(text));
  CHECK_FALSE(to_number<std::uint64_t>("-1"));
  CHECK_FALSE(to_number<std::uint64_t>("18446744073709551616"));
}

TEST_CASE(
    "The options of a run are those of its config.toml, or of its first checkpoint if it was killed before that") {
  const Folder folder;
  folder.write("config.toml", "seed=8\n");
  CHECK(recipe_of_run(folder.path.string()).text == "seed=8\n");
  save_tensors(folder.path / "last.safetensors", {{}, {{"config", "seed=7\n"}}});
  CHECK(recipe_of_run(folder.path.string()).text == "seed=7\n");
}
