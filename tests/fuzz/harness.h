// Fuzzing: each harness gives a reader of outside data many inputs, which libFuzzer makes from valid ones by small changes,
// guided by the branches that are taken. scripts/fuzz.sh builds and runs them.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace latent::fuzz {

// Each harness defines these two.
void read(std::string_view input);  // an Error is a right answer; any other exception is a finding
std::vector<std::string> seeds();   // small valid inputs

// The path of a file in memory with this content; the next call replaces the content.
std::filesystem::path file_of(std::string_view content);

// An empty folder of this process at first; in $TMPDIR.
const std::filesystem::path& folder();

void write(const std::filesystem::path& file, std::string_view content);
std::string content_of(const std::filesystem::path& file);

// The parts of an input, which a zero byte ends; what is missing is empty.
std::vector<std::string_view> parts(std::string_view input, std::size_t count);

void expect(bool holds, const char* what);  // ends the process with a finding where it does not hold

}  // namespace latent::fuzz
