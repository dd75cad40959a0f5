// Shared by all programs: the first line of output, the exit codes, and the search for files.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.h"

namespace latent::examples {

inline constexpr int exit_error = 1, exit_missing_file = 2, exit_stopped = 130;

// True if the file is not hidden and ends in `extension`, in any case: 7.wav and 7.WAV, but not ._7.wav, which some
// systems write beside it.
bool is_listed(const std::filesystem::path& file, const std::string& extension);

void need(const std::filesystem::path& file);  // MissingFile if it is not there

// Finds the folder of a data set, first match wins: `name` itself, data/name, $LATENT_DATA/name.
std::filesystem::path data_folder(const std::string& name);

// The body of main(): runs `body` with the words after the program's name and returns its exit code.  Exceptions become
// a line on stderr and the codes above.
int run_program(const char* name, int count, char** arguments,
                const std::function<int(const std::vector<std::string>& words)>& body);

// Calls say(), which prints what went wrong, and returns the exit code; if there are several processes, ends all with it.
// They often have the same error: the first one has a second to print it before the others do.
int end_program(int code, const std::function<void()>& say);

// Error if there are several processes.
void need_one_process(const char* command);

// Sets the number of threads (0: all that the process may use) and prints version, SIMD level, threads, type and seed.
void start(int threads, std::optional<std::uint64_t> seed);

}  // namespace latent::examples
