// Draws and measures multi-head attention, the Perceiver's latent attention and MLA.
#include "examples/app/options.h"
#include "examples/app/program.h"
#include "examples/compare_attention/compare.h"

using namespace latent;
using namespace latent::compare_attention;

static int run(const std::vector<std::string>& words) {
  using examples::add_option;
  using examples::between;
  Settings settings;
  CLI::App app(
      "Draws and measures multi-head attention, the Perceiver's latent attention and MLA, and makes a page of it",
      "compare_attention");
  const CLI::Validator size = between(Index{1}, Index{16384});
  add_option(app, "--tokens", settings.tokens, "T, tokens in the drawing")->check(between(Index{1}, Index{1} << 24));
  add_option(app, "--latents", settings.latents, "N, the Perceiver's latents")->check(size);
  add_option(app, "--channels", settings.channels, "C, channels of a token and of a latent")->check(size);
  add_option(app, "--heads", settings.heads, "H, heads")->check(size);
  add_option(app, "--kv-heads", settings.kv_heads, "Key/value heads of grouped-query attention")->check(size);
  add_option(app, "--code-channels", settings.code_channels, "Channels of MLA's code for keys and values")->check(size);
  add_option(app, "--rotary-channels", settings.rotary_channels, "Channels of MLA's rotary positions, even")
      ->check(size);
  add_option(app, "--most-tokens", settings.most_tokens, "Largest T that is measured, from 64 on in powers of 2")
      ->check(between(Index{64}, Index{1} << 20));
  add_option(app, "--seconds", settings.seconds, "A curve ends before a pass that would take longer")
      ->check(between(0.001, 1e5));
  add_option(app, "--gigabytes", settings.gigabytes, "A curve ends before its tensors would need more memory")
      ->check(between(0.001, 1e5));
  add_option(app, "--threads", settings.threads, "Number of threads; 0: all that the process may use")
      ->check(between(0, 4096));
  examples::add_seed(app, settings.seed, "Seed of weights and inputs");
  add_option(app, "--out", settings.out, "Folder for the page, the pictures and the numbers");
  return examples::run_commands(app, words, {{&app, [&] { return compare(settings); }}});
}

int main(int count, char** arguments) { return examples::run_program("compare_attention", count, arguments, run); }
