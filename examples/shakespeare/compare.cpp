#include <algorithm>

#include "engine/atomic_file.h"
#include "examples/app/program.h"
#include "examples/app/text_file.h"
#include "examples/app/timing.h"
#include "examples/report/table.h"
#include "examples/shakespeare/commands.h"
#include "examples/shakespeare/writer.h"
#include "train/stop.h"

namespace latent::shakespeare {
namespace {

using examples::median;
using examples::seconds;
using examples::Table;
using models::AttentionKind;
using nn::AttentionForm;

const std::vector<std::pair<std::string, AttentionKind>> kinds = {
    {"mha", AttentionKind::mha}, {"gqa", AttentionKind::gqa}, {"mqa", AttentionKind::mqa}, {"mla", AttentionKind::mla}};

Index cache_elements(const models::LanguageModel& model) {
  Index count = 0;
  for (const nn::KVCache& cache : model.caches(1, 1)) count += cache.elements_per_token();
  return count;
}

struct Speed {
  double read;   // seconds to read a whole context: the cost of each further character without a cache
  double write;  // seconds for one further character at its end, with a KV cache
};

Speed measure(const models::LanguageModel& model) {
  const NoGrad off;
  const Index context = model.config.context, last = std::min<Index>(16, context / 2);
  Generator generator(1);
  const Tensor text = randint(0, model.config.vocabulary, {1, context}, generator);
  const auto timed = [](const std::function<void()>& f) {
    const double begin = seconds();
    f();
    return seconds() - begin;
  };
  std::vector<double> reads, writes;
  for (double begin = seconds(); reads.size() < 3 || (seconds() - begin < 0.5 && reads.size() < 100);)
    reads.push_back(timed([&] { model(text); }));
  for (double begin = seconds(); writes.empty() || seconds() - begin < 0.3;) {
    std::vector<nn::KVCache> caches = model.caches(1, context);
    model(slice(text, 1, 0, context - last), caches);
    for (Index i = context - last; i < context; ++i)
      writes.push_back(timed([&] { model(slice(text, 1, i, i + 1), caches); }));
  }
  return {median(reads), median(writes)};
}

// Trains each attention with each seed; false if a signal asked to stop.
bool compare_losses(const Settings& settings, Table& table) {
  const Text text = load_text(settings.data, settings.validation);
  table.add({"attention", "parameters", "cache bytes a token", "mean validation loss", "lowest", "highest"});
  for (const auto& [name, kind] : kinds) {
    std::vector<double> losses;
    Index parameters = 0, cache = 0;
    for (Index i = 0; i < settings.seeds; ++i) {
      Settings run = settings;
      run.model.attention = kind;
      run.training.seed += std::uint64_t(i);
      run.training.out = fmt::format("{}/{}-{}", settings.training.out, name, run.training.seed);
      fmt::print("{}, seed {}\n", name, run.training.seed);
      const Run result = train_writer(run, text);
      if (!result.ended) return false;
      losses.push_back(evaluate(result.model, text.tokens, text.train_size).loss);
      parameters = result.model.parameter_count();
      cache = cache_elements(result.model) * bytes_of(DType::f32);
    }
    double mean = 0;
    for (const double loss : losses) mean += loss / double(losses.size());
    const auto [lowest, highest] = std::ranges::minmax(losses);
    table.add({name, fmt::format("{}", parameters), fmt::format("{}", cache), fmt::format("{:.4f}", mean),
               fmt::format("{:.4f}", lowest), fmt::format("{:.4f}", highest)});
  }
  return true;
}

// Uses random weights, which take the same time as trained ones; false if a signal asked to stop.
bool compare_speeds(const Settings& settings, Table& table) {
  table.add({"attention", "context", "cache bytes", "reading characters/s", "writing characters/s",
             "times as fast as without a cache"});
  for (const Index context : {64, 256, 1024, 4096}) {
    if (train::stop_requested()) return false;
    const auto add = [&](const std::string& name, AttentionKind kind, AttentionForm form) {
      models::LanguageModelConfig config = settings.model;
      config.vocabulary = 65;
      config.context = context;
      config.attention = kind;
      config.decoding = form;
      nn::Init init;
      const models::LanguageModel model(config, init);
      const auto [read, write] = measure(model);
      table.add({name, fmt::format("{}", context),
                 fmt::format("{}", cache_elements(model) * bytes_of(DType::f32) * context),
                 fmt::format("{:.0f}", double(context) / read), fmt::format("{:.0f}", 1 / write),
                 fmt::format("{:.1f}", read / write)});
    };
    for (const auto& [name, kind] : kinds)
      if (kind != AttentionKind::mla) add(name, kind, AttentionForm::automatic);
    add("mla plain", AttentionKind::mla, AttentionForm::plain);
    add("mla absorbed", AttentionKind::mla, AttentionForm::absorbed);
  }
  return true;
}

// Checks all sizes before anything is trained.
void check_all(const Settings& settings) {
  if (settings.seeds > 0 && settings.validation == 0) fail("--validation 0: the comparison needs held-out text");
  for (const auto& [name, kind] : kinds) {
    models::LanguageModelConfig config = settings.model;
    config.vocabulary = 65;
    config.attention = kind;
    nn::Init no_memory{.shapes_only = true};
    const models::LanguageModel outline(config, no_memory);
  }
}

}  // namespace

int compare(const Settings& settings) {
  examples::need_one_process("compare");
  examples::start(settings.training.threads, settings.training.seed);
  train::catch_stop_signals();
  check_all(settings);
  const std::filesystem::path out = settings.training.out;
  std::filesystem::create_directories(out);
  const auto show = [&](const char* name, const Table& table) {
    fmt::print("\n{}", table.text());
    write_text(out / name, table.csv());
  };
  if (settings.seeds > 0) {
    Table losses;
    if (!compare_losses(settings, losses)) return examples::exit_stopped;
    show("losses.csv", losses);
  }
  Table speeds;
  if (!compare_speeds(settings, speeds)) return examples::exit_stopped;
  show("speeds.csv", speeds);
  return 0;
}

}  // namespace latent::shakespeare
