#include "examples/common/program.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "engine/level.h"
#include "engine/parallel.h"
#include "engine/version.h"

namespace latent::examples {
namespace {

volatile std::sig_atomic_t stop_signal = 0;

}  // namespace

void need(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) throw MissingFile(fmt::format("{}: no such file", file.string()));
}

std::filesystem::path data_folder(const std::string& name) {
  const char* const all = std::getenv("LATENT_DATA");
  for (const std::filesystem::path folder : {"", "data", all ? all : ""})
    if (std::filesystem::is_directory(folder / name)) return folder / name;
  return name;
}

int run_program(const char* name, const std::function<int()>& body) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    return body();
  } catch (const MissingFile& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return exit_missing_file;
  } catch (const Stopped& stopped) {
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

void catch_stop_signals() {
  stop_signal = 0;
  struct sigaction action = {};
  action.sa_handler = [](int signal) { stop_signal = signal; };
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return stop_signal != 0; }
void end_if_stopped() {
  if (stop_requested()) throw Stopped();
}

}  // namespace latent::examples
