#include "examples/app/program.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "engine/level.h"
#include "engine/parallel.h"
#include "engine/version.h"
#include "train/stop.h"

namespace latent::examples {
namespace {

// Makes waiting threads sleep instead of spin: on a busy machine spinning makes two threads slower than one.  libgomp
// reads this setting before main() begins, so the program executes itself again; if that fails, it continues as it is.
void let_waiting_threads_sleep([[maybe_unused]] char** arguments) {
#if defined(_OPENMP) && defined(__linux__)
  if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY")) return;
  setenv("GOMP_SPINCOUNT", "1000", 1);
  std::error_code error;
  execv(std::filesystem::read_symlink("/proc/self/exe", error).c_str(), arguments);
#endif
}

}  // namespace

bool is_listed(const std::filesystem::path& file, const std::string& extension) {
  const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return !file.filename().string().starts_with('.') &&
         std::ranges::equal(file.extension().string(), extension, is_same);
}

void need(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) throw MissingFile(fmt::format("{}: no such file", file.string()));
}

std::filesystem::path data_folder(const std::string& name) {
  const char* const all = std::getenv("LATENT_DATA");
  for (const std::filesystem::path folder : {"", "data", all ? all : ""})
    if (std::filesystem::is_directory(folder / name)) return folder / name;
  return name;
}

int run_program(const char* name, int count, char** arguments,
                const std::function<int(const std::vector<std::string>& words)>& body) {
  let_waiting_threads_sleep(arguments);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    return body({arguments + 1, arguments + count});
  } catch (const MissingFile& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return exit_missing_file;
  } catch (const train::Stopped& stopped) {
    fmt::print(stderr, "{}: {}\n", name, stopped.what());
    return exit_stopped;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return exit_error;
  }
}

void start(int threads, std::optional<std::uint64_t> seed) {
  if (threads > 0) set_threads(threads);
#ifdef _OPENMP
  const char* const kind = "";
#else
  const char* const kind = " (built without OpenMP)";
#endif
  fmt::print("latent {} | SIMD {} | threads {}{} | f32 | seed {}\n", version, level(), latent::threads(), kind,
             seed ? std::to_string(*seed) : "none");
}

}  // namespace latent::examples
