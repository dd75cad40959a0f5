// Saving and loading: exact round trips, the layout of the format, and what bad files and full disks get.
#include <limits>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>

#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/error_of.h"

namespace fs = std::filesystem;
using namespace latent;
using namespace latent::test;

namespace {

// A folder of its own for each test, removed at the end.
struct Folder {
  fs::path path = fs::temp_directory_path() / fmt::format("latent_safetensors_{}", getpid());
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::size_t files() const { return std::distance(fs::directory_iterator(path), {}); }
};

void write_bytes(const fs::path& file, const std::string& bytes) {
  fs::remove(file);  // ext4 flushes a file that is truncated to be written anew, which takes long
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string read_bytes(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string with_length(std::uint64_t length, const std::string& rest) {
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + rest;
}

std::string file_of(const std::string& header, const std::string& values = "") {
  return with_length(header.size(), header + values);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TensorFile sample() {
  Generator generator(1);
  const Tensor matrix = randn({3, 4}, generator, DType::f64);
  return {{{"weights", randn({2, 3}, generator)},
           {"strided", transpose(slice(matrix, 1, 0, 4, 2))},
           {"broadcast", broadcast_to(select(matrix, 0, 1), {2, 4})},
           {"labels", tensor({-1, 0, 7}, DType::i64)},
           {"scalar", scalar(0.1, DType::f64)},
           {"nothing", zeros({2, 0, 3})},
           {"a \"quoted\"\n\u00e9", ones({1})}},
          {{"step", "7"}, {"\u00e9", "\t\""}}};
}

}  // namespace

TEST_CASE("safetensors: what is saved comes back, bit by bit") {
  const Folder folder;
  const fs::path file = folder.path / "weights.safetensors";
  TensorFile content = sample();
  save_tensors(file, content);
  const TensorFile loaded = load_tensors(file);

  content.metadata["format"] = "pt";
  CHECK(loaded.metadata == content.metadata);
  REQUIRE(loaded.tensors.size() == content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    INFO(name);
    const Tensor& other = loaded.tensors.at(name);
    CHECK(other.dtype() == tensor.dtype());
    CHECK(other.shape() == tensor.shape());
    CHECK(other.is_contiguous());
    CHECK(other.values() == tensor.values());
  }
  CHECK(folder.files() == 1);
}

TEST_CASE("safetensors: integers, infinities and NaN keep their bits") {
  const Folder folder;
  const fs::path file = folder.path / "bits.safetensors";
  const Tensor large = zeros({1}, DType::i64), special = tensor({INFINITY, -INFINITY, NAN, -0.0, 5e-324}, DType::f64);
  *large.mutable_data<Index>() = std::numeric_limits<Index>::max() - 1;  // no double holds it
  save_tensors(file, {{{"large", transpose(unsqueeze(large, 0))}, {"special", special}}, {}});
  const TensorFile loaded = load_tensors(file);
  CHECK(*loaded.tensors.at("large").data<Index>() == std::numeric_limits<Index>::max() - 1);
  CHECK(std::memcmp(loaded.tensors.at("special").data<double>(), special.data<double>(), 5 * sizeof(double)) == 0);
}

TEST_CASE("safetensors: the layout is by alignment then name, with a padded header") {
  const Folder folder;
  const fs::path file = folder.path / "layout.safetensors";
  save_tensors(file, {{{"a", tensor({1})}, {"b", tensor({2}, DType::i64)}, {"c", tensor({3}, DType::f64)}}, {}});
  const std::string header = R"({"__metadata__":{"format":"pt"},)"
                             R"("a":{"data_offsets":[16,20],"dtype":"F32","shape":[1]},)"
                             R"("b":{"data_offsets":[0,8],"dtype":"I64","shape":[1]},)"
                             R"("c":{"data_offsets":[8,16],"dtype":"F64","shape":[1]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  const std::string b("\2\0\0\0\0\0\0\0", 8), c("\0\0\0\0\0\0\x08\x40", 8), a("\0\0\x80\x3f", 4);
  CHECK(read_bytes(file) == file_of(padded, b + c + a));
}

TEST_CASE("safetensors: files of other writers load") {
  const Folder folder;
  const fs::path file = folder.path / "other.safetensors";
  SECTION("no metadata, entries in any order, spaces") {
    write_bytes(file, file_of(R"({ "b": {"dtype":"F32", "shape":[], "data_offsets":[8,12]},
                                   "a": {"shape":[1,2], "data_offsets":[0,8], "dtype":"F32"} }   )",
                              std::string("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12)));
    const TensorFile loaded = load_tensors(file);
    CHECK(loaded.metadata.empty());
    CHECK(loaded.tensors.at("a").values() == std::vector<double>{1, 2});
    CHECK(loaded.tensors.at("b").item() == 3);
  }
  SECTION("no tensors") {
    write_bytes(file, file_of("{}"));
    CHECK(load_tensors(file).tensors.empty());
  }
}

TEST_CASE("safetensors: a bad file gets its name, the byte and what was expected") {
  const Folder folder;
  const fs::path file = folder.path / "bad.safetensors";
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return fmt::format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
  };
  const std::string good = entry("\"F32\"", "[1]", "[0,4]");
  const auto second = [&](const std::string& offsets) {  // after "a", which takes bytes 0 to 4
    return good.substr(0, good.size() - 1) + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":)" + offsets + "}}";
  };
  struct Row {
    const char* what;
    std::string bytes, message;
  };
  const Row rows[] = {
      {"empty", "", "byte 0: the file ends"},
      {"shorter than a length", "1234567", "byte 7: the file ends"},
      {"header longer than allowed", with_length(100'000'001, "{}"),
       "byte 0: a header of 100000001 bytes, and at most"},
      {"header longer than memory", with_length(~0ULL, "{}"), "byte 0: a header of 18446744073709551615 bytes"},
      {"header longer than the file", with_length(3, "{}"), "byte 0: a header of 3 bytes, and 2 bytes follow"},
      {"no header", with_length(0, ""), "byte 8: the header has to begin with '{'"},
      {"not an object", file_of("[{}]"), "byte 8: the header has to begin with '{'"},
      {"space before the header", file_of(" {}"), "byte 8: the header has to begin with '{'"},
      {"invalid JSON", file_of(R"({"a":?})"), "byte 13: the header is not valid JSON"},
      {"JSON that ends early", file_of(R"({"a")"), "the header is not valid JSON"},
      {"something after the JSON", file_of("{} {}"), "byte 11: the header is not valid JSON"},
      {"not UTF-8", file_of("{\"\xff\":1}"), "byte 10: the header is not valid JSON"},
      {"number that overflows", file_of(R"({"a":1e999})"), "a number that no double can hold"},
      {"nested without end", file_of(R"({"a":)" + std::string(100'000, '[')), "nested deeper"},
      {"name twice", file_of(R"({"a":1,"a":2})"), "byte 9: \"a\" stands in the header twice"},
      {"key twice", file_of(R"({"a":{"dtype":"F32","dtype":"F64"}})"), "\"dtype\" stands in the header twice"},
      {"entry that is no object", file_of(R"({"a":[]})"), "byte 9: \"a\" has to be an object of dtype, shape and"},
      {"entry without shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,4],"form":[1]}})", "1234"),
       "\"a\" has to be an object of dtype, shape and data_offsets"},
      {"entry with more", file_of(good.substr(0, good.size() - 2) + R"(,"more":1}})", "1234"),
       "\"a\" has to be an object of"},
      {"unknown dtype", file_of(entry("\"F31\"", "[1]", "[0,4]"), "1234"), "\"a\" has dtype \"F31\", and \"F32\","},
      {"dtype that is not loaded", file_of(entry("\"BF16\"", "[2]", "[0,4]"), "1234"), "has dtype \"BF16\""},
      {"dtype that is no string", file_of(entry("32", "[1]", "[0,4]"), "1234"), "has dtype 32"},
      {"shape that is no array", file_of(entry("\"F32\"", "1", "[0,4]"), "1234"), "\"a\" needs as shape an array"},
      {"too many axes", file_of(entry("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "1234"), "an array of at most 8"},
      {"negative size", file_of(entry("\"F32\"", "[-1]", "[0,4]"), "1234"), "\"a\" has -1 in its shape"},
      {"size with a fraction", file_of(entry("\"F32\"", "[1.0]", "[0,4]"), "1234"), "\"a\" has 1.0 in its shape"},
      {"size that overflows", file_of(entry("\"F32\"", "[9223372036854775808]", "[0,4]"), "1234"),
       "from 0 to 2^63 - 1"},
      {"product that overflows", file_of(entry("\"F32\"", "[4294967296,4294967296]", "[0,4]"), "1234"),
       "beyond 2^63 - 1"},
      {"bytes that overflow", file_of(entry("\"F32\"", "[2305843009213693952]", "[0,4]"), "1234"), "beyond 2^63 - 1"},
      {"strides that overflow", file_of(entry("\"F32\"", "[0,4294967296,4294967296]", "[0,0]")), "beyond 2^63 - 1"},
      {"shape larger than its bytes", file_of(entry("\"F32\"", "[1000000000000]", "[0,4]"), "1234"),
       "\"a\" has 4 bytes, and 4000000000000 are needed for f32 (1000000000000)"},
      {"one offset", file_of(entry("\"F32\"", "[1]", "[4]"), "1234"), "\"a\" has 1 data_offsets, and 2 are needed"},
      {"offset that is no number", file_of(entry("\"F32\"", "[1]", "[0,\"4\"]"), "1234"),
       "has \"4\" in its data_offsets"},
      {"end before begin", file_of(entry("\"F32\"", "[1]", "[4,0]"), "1234"),
       "ends at byte 0, before it begins at byte 4"},
      {"does not begin at 0", file_of(entry("\"F32\"", "[1]", "[4,8]"), "12345678"),
       "begins at byte 4 of the values, and 0"},
      {"gap", file_of(second("[5,9]"), "123456789"), "\"b\" begins at byte 5 of the values, and 4 is needed"},
      {"overlap", file_of(second("[0,4]"), "1234"), "begins at byte 0 of the values, and 4 is needed"},
      {"trailing bytes", file_of(good, "12345"), "5 bytes of values follow the header, and 4 are needed"},
      {"truncated values", file_of(good, "123"), "3 bytes of values follow the header, and 4 are needed"},
      {"values without a tensor", file_of("{}", "1"), "byte 10: 1 bytes of values follow the header, and 0 are needed"},
      {"metadata that is no object", file_of(R"({"__metadata__":1})"), "\"__metadata__\" is a JSON number"},
      {"metadata that is no string", file_of(R"({"__metadata__":{"k":1}})"), "\"k\" in the metadata is a JSON number"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    write_bytes(file, row.bytes);
    const std::string message = error_of([&] { load_tensors(file); });
    CAPTURE(message);
    CHECK(contains(message, file.string()));
    CHECK(contains(message, row.message));
  }
  CHECK(contains(error_of([&] { load_tensors(folder.path / "none"); }), "none: no such file"));
  CHECK(contains(error_of([&] { load_tensors(folder.path); }), "Is a directory"));
}

TEST_CASE("safetensors: a header of many tensors takes time in proportion, and of many empty lists no memory") {
  const Folder folder;
  const fs::path file = folder.path / "many.safetensors";
  const auto time_of = [&](Index count) {
    TensorFile content;
    for (Index i = 0; i < count; ++i) content.tensors[fmt::format("layer.{}.weight", i)] = zeros({0});
    save_tensors(file, content);
    double least = INFINITY;
    for (int repeat = 0; repeat < 3; ++repeat) {
      const std::clock_t begin = std::clock();  // of this process alone
      CHECK(Index(load_tensors(file).tensors.size()) == count);
      least = std::min(least, double(std::clock() - begin));
    }
    return least;
  };
  CHECK(time_of(64'000) < 60 * time_of(4'000));  // 16, and 256 where it is quadratic

  std::string lists = "[]";
  for (int i = 0; i < 2'000'000; ++i) lists += ",[]";
  std::string members = "\"dtype\":[]";
  for (int i = 0; i < 200'000; ++i) members += fmt::format(",\"{}\":[]", i);
  rusage before = {}, after = {};
  getrusage(RUSAGE_SELF, &before);
  for (const auto& [text, message] :
       {std::pair("{\"a\":[" + lists + "]}", "\"a\" has to be an object of dtype"),
        {"{\"a\":{\"shape\":[" + lists + "]}}", "nested deeper"},
        {"{\"a\":{" + members + "}}", "\"a\" has to be an object of dtype, shape and data_offsets"}}) {
    write_bytes(file, file_of(text));
    CHECK(contains(error_of([&] { load_tensors(file); }), message));
  }
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 100'000);  // KB; as a tree they are 150 MB
}

TEST_CASE("safetensors: a corrupted file loads or is an Error, and asks for no memory it does not have") {
  const Folder folder;
  const fs::path file = folder.path / "fuzz.safetensors";
  save_tensors(file, sample());
  const std::string whole = read_bytes(file);
  Generator random(2);
  int refused = 0;
  reset_peak_memory();
  const Index before = memory().peak;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = whole;
    for (Index changes = 1 + random.below(4); changes > 0 && !bytes.empty(); --changes) {
      const auto place = static_cast<std::size_t>(random.below(static_cast<Index>(bytes.size())));
      switch (random.below(5)) {
        case 0: bytes[place] = static_cast<char>(random.bits()); break;
        case 1: bytes[place] = "0123456789[]{},:\" "[random.below(18)]; break;
        case 2: bytes.erase(place, static_cast<std::size_t>(1 + random.below(4))); break;
        case 3: bytes.insert(place, bytes.substr(place / 2, 1 + place % 9)); break;
        default: bytes.resize(place); break;
      }
    }
    write_bytes(file, bytes);
    refused += error_of([&] { load_tensors(file); }) != "no error";
  }
  CHECK(refused > 2000);
  CHECK(memory().peak - before < 4096);
}

TEST_CASE("safetensors: what cannot be saved is an Error") {
  const Folder folder;
  const fs::path file = folder.path / "x.safetensors";
  const Tensor one = ones({1});
  const auto error = [](const fs::path& path, const TensorFile& content) {
    return error_of([&] { save_tensors(path, content); });
  };
  CHECK(contains(error(file, {{{"a", Tensor()}}, {}}), "x.safetensors: \"a\" is undefined"));
  CHECK(contains(error(file, {{{"__metadata__", one}}, {}}), "may not be named"));
  CHECK(contains(error(file, {{{"\xff", one}}, {}}), "have to be UTF-8"));
  CHECK(contains(error(folder.path / "none" / "x", {{{"a", one}}, {}}), "x: cannot open: No such file or directory"));
  CHECK(contains(error(folder.path, {{{"a", one}}, {}}), "cannot rename: Is a directory"));
  CHECK(folder.files() == 0);
}

TEST_CASE("safetensors: when the disk is full the old file stays whole and nothing else is left") {
  const Folder folder;
  const fs::path file = folder.path / "weights.safetensors";
  save_tensors(file, sample());
  const std::string before = read_bytes(file);

  const auto old_signal = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit;
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit limit = {10'000, old_limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string message = error_of([&] { save_tensors(file, {{{"large", zeros({100, 100})}}, {}}); });
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_signal);

  CHECK(contains(message, "weights.safetensors: cannot write: File too large"));
  CHECK(read_bytes(file) == before);
  CHECK(folder.files() == 1);
  save_tensors(file, {{{"large", zeros({100, 100})}}, {}});
  CHECK(load_tensors(file).tensors.at("large").shape() == Shape{100, 100});
}
