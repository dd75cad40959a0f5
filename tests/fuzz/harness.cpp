#include "tests/fuzz/harness.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "engine/error.h"

namespace latent::fuzz {

std::filesystem::path file_of(std::string_view content) {
  static const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  expect(ftruncate(descriptor, 0) == 0, "memory for the file");
  expect(pwrite(descriptor, content.data(), content.size(), 0) == ssize_t(content.size()), "memory for the file");
  return fmt::format("/proc/self/fd/{}", descriptor);
}

const std::filesystem::path& folder() {
  static const std::filesystem::path path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "fuzz.XXXXXX").string();
    expect(mkdtemp(name.data()) != nullptr, "a temporary folder");
    return name;
  }();
  return path;
}

void write(const std::filesystem::path& file, std::string_view content) {
  std::ofstream(file, std::ios::binary).write(content.data(), std::ssize(content));
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string_view> parts(std::string_view input, std::size_t count) {
  std::vector<std::string_view> all;
  while (all.size() + 1 < count) {
    const std::size_t size = std::min(input.find('\0'), input.size());
    all.push_back(input.substr(0, size));
    input.remove_prefix(std::min(size + 1, input.size()));
  }
  all.push_back(input);
  return all;
}

void expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

}  // namespace latent::fuzz

// Before libFuzzer reads the first folder among its arguments, the seeds go there.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  const auto end = *arguments + *count;
  const auto corpus =
      std::find_if(*arguments + 1, end, [](const char* each) { return std::filesystem::is_directory(each); });
  if (corpus == end) return 0;
  int number = 0;
  for (const std::string& seed : latent::fuzz::seeds())
    latent::fuzz::write(std::filesystem::path(*corpus) / fmt::format("seed-{}", number++), seed);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    latent::fuzz::read({reinterpret_cast<const char*>(data), size});
  } catch (const latent::Error&) {}
  return 0;
}
