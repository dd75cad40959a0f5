#include "examples/app/program.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "engine/level.h"
#include "engine/parallel.h"
#include "engine/version.h"
#include "train/communicator.h"
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

// A process gets its share of the processors that it and others of its machine may use; --threads and OMP_NUM_THREADS
// are other choices.
void share_processors([[maybe_unused]] int wanted_threads) {
#ifdef __linux__
  const train::Communicator& all = train::processes();
  if (all.size() == 1) return;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);  // so it stays on a machine with more processors than it holds
  sched_getaffinity(0, sizeof allowed, &allowed);
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  std::string here = fmt::format("of {}:", host);
  for (int processor = 0; processor < CPU_SETSIZE; ++processor)
    if (CPU_ISSET(processor, &allowed)) here += fmt::format(" {}", processor);
  const std::vector<std::string> places = all.all_gather(here);
  const auto together = int(std::ranges::count(places, here)), processors = CPU_COUNT(&allowed);
  if (processors == 0) return;
  if (together > processors && std::ranges::find(places, here) - places.begin() == all.rank())
    fmt::print(stderr, "{} processes share {} processors {}; fewer processes, or mpirun --bind-to none, are faster\n",
               together, processors, here);
  if (wanted_threads == 0 && !std::getenv("OMP_NUM_THREADS")) set_threads(std::max(1, processors / together));
#endif
}

}  // namespace

int end_program(int code, const std::function<void()>& say) {
  const train::Communicator& all = train::processes();
  if (!all.is_first()) std::this_thread::sleep_for(std::chrono::seconds(1));
  say();
  if (all.size() > 1) all.abort(code);
  return code;
}

void need_one_process(const char* command) {
  if (const int count = train::processes().size(); count > 1)
    fail("{} measures times, so it needs the machine for itself: one process, and not {}", command, count);
}

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
  if (!train::processes().is_first() && !std::freopen("/dev/null", "w", stdout)) return exit_error;
  const auto end_with = [name](int code, const std::exception& error) {
    return end_program(code, [&] {
      const train::Communicator& all = train::processes();
      const std::string who = all.size() > 1 ? fmt::format("process {} of {}: ", all.rank(), all.size()) : "";
      fmt::print(stderr, "{}: {}{}\n", name, who, error.what());
    });
  };
  try {
    return body({arguments + 1, arguments + count});
  } catch (const MissingFile& error) {
    return end_with(exit_missing_file, error);
  } catch (const train::Stopped& stopped) {
    return end_with(exit_stopped, stopped);
  } catch (const std::exception& error) { return end_with(exit_error, error); }
}

void start(int threads, std::optional<std::uint64_t> seed) {
  if (threads > 0) set_threads(threads);
  share_processors(threads);
  const int processes = train::processes().size();
#ifdef _OPENMP
  const char* const kind = "";
#else
  const char* const kind = " (built without OpenMP)";
#endif
  fmt::print("latent {} | SIMD {} | {}threads {}{} | f32 | seed {}\n", version, level(),
             processes > 1 ? fmt::format("processes {} | ", processes) : "", latent::threads(), kind,
             seed ? std::to_string(*seed) : "none");
}

}  // namespace latent::examples
